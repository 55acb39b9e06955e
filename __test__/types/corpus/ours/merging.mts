// Declaration merging under the package's own name, also into what @types/better-sqlite3 declares as an alias.
import Database from 'ferrolite';

declare module 'ferrolite' {
  interface Options {
    label?: string;
  }
  interface ColumnDefinition {
    label?: string;
  }
  interface AggregateOptions<T> {
    label?: T;
  }
  interface TableDefinition {
    label?: string;
  }
}

const db = new Database('app.db', { label: 'x' });
const label: string | undefined = db.prepare('SELECT 1').columns()[0]?.label;
db.aggregate<number>('a', { start: 0, step: (total, value) => total + value, label: 1 });
db.table('t', { columns: ['a'], *rows() {}, label: 'x' });

export { label };
