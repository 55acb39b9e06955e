// Functions, aggregates, window functions and virtual tables, with contextual types and with annotated ones.
import Database from 'better-sqlite3';

const db = new Database();

db.function('add2', (a, b) => a + b)
  .function('constant', () => 42)
  .function('upper_first', (text: string) => text.charAt(0).toUpperCase() + text.slice(1))
  .function('add_all', { varargs: true }, (...numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0))
  .function('void', { deterministic: true, safeIntegers: true, directOnly: true }, (_value: bigint) => {});
db.function('regexp', { deterministic: true, varargs: undefined }, (pattern: string, text: string) =>
  new RegExp(pattern).test(text) ? 1 : 0,
);
const options: Database.RegistrationOptions = { deterministic: true };
db.function('uuid', options, () => crypto.randomUUID());
const flags: (boolean | undefined)[] = [
  options.varargs,
  options.deterministic,
  options.safeIntegers,
  options.directOnly,
];
const implementation: (...params: any[]) => any = Math.pow;
db.function('pow', implementation);

db.aggregate('sum_all', {
  start: 0,
  step: (total, next) => total + next,
});
db.aggregate('average', {
  start: () => [],
  step: (values, next) => {
    values.push(next);
  },
  result: (values) => values.reduce((sum: number, value) => sum + value, 0) / values.length,
});
db.aggregate('window_sum', {
  start: 0,
  step: (total, next) => total + next,
  inverse: (total, dropped) => total - dropped,
  result: (total) => Math.round(total),
});
db.aggregate('annotated', {
  varargs: false,
  deterministic: true,
  safeIntegers: undefined,
  directOnly: true,
  start: () => 0,
  step(total: number, next: number): number {
    return total + next;
  },
  inverse: undefined,
  result: undefined,
});
db.aggregate<number>('typed', { start: 0, step: (total, next) => total + next * 2 });
db.aggregate<string[]>('collect', {
  start: () => [],
  step: (list, next) => {
    list.push(next.toUpperCase());
  },
  result: (list) => list.join(),
});
db.aggregate<Map<string, number>>('histogram', {
  start: () => new Map(),
  step: (counts, next) => counts.set(String(next), 1),
  result: (counts) => JSON.stringify([...counts]),
});
db.aggregate('counted', {
  start: { rows: 0 },
  step: (state) => ({ rows: state.rows + 1 }),
  result: ({ rows }) => rows,
});
const aggregate: Database.AggregateOptions = {
  start: 0,
  step: (total, next) => (total as number) + (next as number),
  result: (total) => total,
};
db.aggregate('by_options', aggregate);

db.table('numbers', {
  columns: ['n'],
  parameters: ['first', 'last'],
  safeIntegers: false,
  directOnly: undefined,
  *rows(first: any, last: any) {
    for (let n = first; n <= last; n += 1) yield [n];
  },
});
db.table('files', {
  columns: ['name', 'size'],
  rows: function* list(folder) {
    yield { name: String(folder), size: 1 };
  },
}).table('empty', {
  columns: ['a'],
  parameters: undefined,
  safeIntegers: undefined,
  directOnly: true,
  *rows() {},
});

export { flags };
