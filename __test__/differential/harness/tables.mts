/** What the cases about virtual tables share. */
import type { Database } from '../../helpers/driver.mts';
import type { CaseBody } from './case.mts';

export const inMemory =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)'));
export const all = (db: Database, sql: string, ...args: unknown[]): unknown =>
  db
    .prepare(sql)
    .raw()
    .all(...args);

export function* threeRows(): Generator {
  yield [1, 'one'];
  yield [2, 'two'];
  yield [3, 'three'];
}

/** Gives what it is called with, and the number of its arguments. */
export const echo = {
  columns: ['shown', 'count'],
  parameters: ['x', 'y', 'z'],
  *rows(...args: unknown[]): Generator {
    yield [args.map((arg) => (arg instanceof Uint8Array ? 'blob' : String(arg))).join(), args.length];
  },
};
