// What must not compile of the additions.
import Database from 'ferrolite';

// @ts-expect-error a file descriptor needs the one of its journal
new Database(3);
// @ts-expect-error the same
new Database(3, {});
// @ts-expect-error a path has no such option
new Database('app.db', { journalFd: 4 });
// @ts-expect-error a descriptor is a number
new Database(3, { journalFd: '4' });
// @ts-expect-error the addon is a path or an object
new Database('app.db', { nativeBinding: 5 });

const db = new Database();
// @ts-expect-error SQL is text
db.explain(1);
// @ts-expect-error values of a row are unknown
const detail: string = db.explain('SELECT 1')[0]!['detail'];
// @ts-expect-error a schema has a name
db.backup('b.db', { attached: 1 });
// @ts-expect-error progress answers a number or nothing
db.backup('b.db', { progress: () => 'x' });
// @ts-expect-error a factory answers a definition
db.table('m', () => ({ columns: ['a'] }));
// @ts-expect-error arguments of a module are strings
db.table('m', (count: number) => ({ columns: ['a'], *rows() {} }));
// @ts-expect-error an entry point is a name
db.loadExtension('x', 1);
// @ts-expect-error a table has names of columns
db.table('t', { columns: [1], *rows() {} });
// @ts-expect-error the accumulator is a number
db.aggregate<number>('a', { start: 'x', step: (total) => total });

export { detail };
