/** `db.explain()`. */
import type { Connection } from './connection';
import { finalizeStatement, leaveUnbound, prepareTransient } from './statement';

/** Runs `EXPLAIN sql` and answers its rows; parameters need no values. */
export function explain(database: object, connection: Connection, sql: unknown): unknown[] {
  if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
  connection.requireOpen();
  connection.requireIdle();
  const statement = prepareTransient(database, connection, `EXPLAIN ${sql}`);
  try {
    leaveUnbound(statement);
    return statement.all();
  } finally {
    finalizeStatement(statement);
  }
}
