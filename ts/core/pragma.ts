/** `db.pragma()`. */
import { booleanOption } from '../options';
import type { Connection } from './connection';
import { finalizeStatement, prepareTransient } from './statement';

/** Runs `PRAGMA source`. */
export function pragma(database: object, connection: Connection, source: unknown, given: unknown): unknown {
  const options = given ?? {};
  if (typeof source !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
  const simple = booleanOption(options, 'simple');
  connection.requireOpen();
  connection.requireMayWrite();
  const statement = prepareTransient(database, connection, `PRAGMA ${source}`);
  try {
    if (!statement.reader) {
      statement.run();
      return simple ? undefined : [];
    }
    return simple ? statement.pluck().get() : statement.all();
  } finally {
    finalizeStatement(statement);
  }
}
