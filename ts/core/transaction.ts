/** `db.transaction()`: a function that runs inside a transaction, or a savepoint where one is open. */
import type { Connection } from './connection';
import { REMEMBERS_ORIGINS } from './open-connections';
import { prepareStatement, runRegardless } from './statement';
import type { Statement } from './statement';
import type { Database } from './types';

/** The statements that control transactions. */
interface Controls {
  readonly begin: { readonly [variant: string]: Statement };
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly savepoint: Statement;
  readonly release: Statement;
  readonly rollbackTo: Statement;
}

/** The name that better-sqlite3 gives its savepoints. */
const SAVEPOINT = '`\t_bs3.\t`';

const controls = new WeakMap<Database, Controls>();

/** Compiled at the first `transaction()` of a connection and kept. */
function controlsOf(db: Database, connection: Connection): Controls {
  let known = controls.get(db);
  if (known === undefined) {
    // Not db.prepare(), which a subclass may have changed.
    const prepare = (sql: string) => prepareStatement(db, connection, sql);
    connection.requireOpen();
    connection.requireIdle();
    known = {
      begin: {
        default: prepare('BEGIN'),
        deferred: prepare('BEGIN DEFERRED'),
        immediate: prepare('BEGIN IMMEDIATE'),
        exclusive: prepare('BEGIN EXCLUSIVE'),
      },
      commit: prepare('COMMIT'),
      rollback: prepare('ROLLBACK'),
      savepoint: prepare(`SAVEPOINT ${SAVEPOINT}`),
      release: prepare(`RELEASE ${SAVEPOINT}`),
      rollbackTo: prepare(`ROLLBACK TO ${SAVEPOINT}`),
    };
    controls.set(db, known);
  }
  return known;
}

type Callable = (...args: unknown[]) => unknown;

/**
 * Wraps `fn` into transactions of `db`.
 *
 * @throws {TypeError} if `fn` is no function.
 */
export function transaction(db: Database, connection: Connection, fn: unknown): Callable {
  if (typeof fn !== 'function') throw new TypeError('Expected first argument to be a function');
  const control = controlsOf(db, connection);
  const wrapped = ['default', 'deferred', 'immediate', 'exclusive'].map(
    (variant) => [variant, wrap(db, connection, fn as Callable, control, control.begin[variant]!)] as const,
  );
  const properties: PropertyDescriptorMap = {};
  for (const [variant, value] of wrapped) properties[variant] = { value };
  properties['database'] = { value: db, enumerable: true };
  for (const [, value] of wrapped) Object.defineProperties(value, properties);
  return wrapped[0]![1];
}

function wrap(
  db: Database,
  connection: Connection,
  fn: Callable,
  control: Controls,
  begin: Statement,
): Callable {
  return function sqliteTransaction(this: unknown, ...args: unknown[]): unknown {
    const nested = db.inTransaction;
    (nested ? control.savepoint : begin).run();
    if (REMEMBERS_ORIGINS) connection.noteTransaction(nested);
    try {
      const result: unknown = Reflect.apply(fn, this, args);
      if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
        throw new TypeError('Transaction function cannot return a promise');
      }
      (nested ? control.release : control.commit).run();
      return result;
    } catch (error) {
      // SQLite itself rolls back on some errors: then nothing is left to undo.
      if (db.inTransaction) {
        // An iterator that fn has left open refuses COMMIT; it must not keep the transaction open as well.
        runRegardless(nested ? control.rollbackTo : control.rollback);
        if (nested) runRegardless(control.release);
      }
      throw error;
    }
  };
}
