/**
 * Random programs of SQL alone with ours and with node:sqlite, whose engine may be the same version as ours.
 *
 * Rows come as arrays with bigints from both, and functions and aggregates are few and simple: node:sqlite makes other
 * values of numbers, and knows no virtual tables of users.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { answerOf, type Answer } from '../../helpers/answer.mts';
import type { DatabaseConstructor } from '../../helpers/driver.mts';
import type { Script } from './program.mts';

type Rows = (sql: string, parameters: Record<string, unknown> | undefined) => unknown[];
type Function_ = (...args: never[]) => unknown;

const functions: Record<string, Function_> = {
  f0: () => 'none',
  f1: (a: unknown) => a,
  f2: (_: unknown, b: unknown) => b,
};
const count = (...args: unknown[]): bigint => BigInt(args.length);

/** Counts rows, and the arguments of each. */
const aggregateOf = (length: number, inverse: boolean): Record<string, unknown> => ({
  start: 0n,
  step: withLength((sum: bigint, ...args: unknown[]) => sum + 10n + BigInt(args.length), length),
  ...(inverse
    ? { inverse: withLength((sum: bigint, ...args: unknown[]) => sum - 10n - BigInt(args.length), length) }
    : {}),
  result: (sum: bigint) => sum,
});
const aggregates = { s0: [1, false], s1: [2, false], s2: [3, false], w1: [2, true], w2: [3, true] } as const;

function withLength(fn: Function_, length: number): Function_ {
  return Object.defineProperty(fn, 'length', { value: length });
}

/** In the place of virtual tables. */
const TABLES =
  'CREATE TABLE vt (a, b, c); INSERT INTO vt VALUES (1, 2, 3), (2, NULL, 1); CREATE TABLE mod (a, b, c)';

function outcomeOf(rowsOf: Rows, { schema, steps }: Script): Answer[] {
  const tables = schema.map((sql) =>
    sql.replace(/CREATE VIRTUAL TABLE m0.*/, 'CREATE TABLE m0 AS SELECT * FROM vt'),
  );
  return [
    ...tables.map((sql) => answerOf(() => rowsOf(sql, undefined))),
    ...steps.map(({ sql, v }) => answerOf(() => rowsOf(sql, sql.includes(':v') ? { v } : undefined))),
    ...['main.t0', 't1', 'aux.t2'].map((name) =>
      answerOf(() => rowsOf(`SELECT * FROM ${name} ORDER BY rowid`, undefined)),
    ),
  ].map(withoutClass);
}

/** Errors of the two have their texts in common. */
function withoutClass(answer: Answer): Answer {
  if (!('threw' in answer)) return answer;
  const { threw } = answer;
  return { threw: typeof threw === 'object' && 'message' in threw ? threw['message']! : threw };
}

/** What ours gives. */
export function outcomeOfOurs(Database: DatabaseConstructor, script: Script): Answer[] {
  const db = new Database(':memory:').exec(TABLES).defaultSafeIntegers();
  for (const [name, fn] of Object.entries(functions)) db.function(name, fn);
  db.function('fv', { varargs: true }, count);
  for (const [name, [length, inverse]] of Object.entries(aggregates))
    db.aggregate(name, aggregateOf(length, inverse));
  return outcomeOf((sql, parameters) => {
    const statement = db.prepare(sql);
    const args = parameters === undefined ? [] : [parameters];
    if (statement.reader) return statement.raw().all(...args);
    statement.run(...args);
    return [];
  }, script);
}

/** What node:sqlite gives. */
export function outcomeOfNode(script: Script): Answer[] {
  const db = new DatabaseSync(':memory:');
  db.exec(TABLES);
  const options = { useBigIntArguments: true };
  for (const [name, fn] of Object.entries(functions)) db.function(name, options, fn as () => SQLInputValue);
  db.function('fv', { ...options, varargs: true }, count);
  for (const [name, [length, inverse]] of Object.entries(aggregates)) {
    db.aggregate(name, { ...options, ...aggregateOf(length, inverse) } as never);
  }
  return outcomeOf((sql, parameters) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const rows =
      parameters === undefined ? statement.all() : statement.all(parameters as Record<string, SQLInputValue>);
    return (rows as unknown as unknown[][]).map((row) => row.map(asOurs));
  }, script);
}

/** Ours gives a Buffer for every blob. */
function asOurs(cell: unknown): unknown {
  return cell instanceof Uint8Array ? Buffer.from(new Uint8Array(cell).buffer) : cell;
}

/** The version of SQLite in node:sqlite. */
export function engineOfNode(): unknown {
  return new DatabaseSync(':memory:').prepare('SELECT sqlite_version() AS version').get()?.['version'];
}
