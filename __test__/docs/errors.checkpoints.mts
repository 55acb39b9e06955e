// Calls that give the errors of checkpoints and statistics, by their text in docs/errors.md.
import Database, { getDb } from 'ferrolite';
import { checkpoint, startCheckpointer } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { betterSqlite3 } from '../helpers/drivers.mts';
import { tempDb } from '../helpers/temp-db.mts';

const loose = checkpoint as (...args: unknown[]) => Promise<unknown>;

function withoutLog(): string {
  const path = tempDb();
  new Database(path).exec('CREATE TABLE t (a)').close();
  return path;
}

export const checkpointCalls: Readonly<Record<string, () => unknown>> = {
  'Expected first argument to be a database, a pool or a path': () => loose(5),
  'Expected first argument to be a database with a file of its own, not one in memory': () =>
    checkpoint(':memory:'),
  'Expected first argument to be a connection of this copy of ferrolite': () =>
    checkpoint(new betterSqlite3.Database(tempDb())),
  'The pool is closed': async () => {
    const pool = openPool({ path: tempDb() });
    await pool.close();
    return checkpoint(pool);
  },
  'Expected second argument to be "passive", "full", "restart" or "truncate"': () => loose(tempDb(), 'noop'),
  'Expected third argument to be an options object': () => loose(tempDb(), 'full', 5),
  'checkpoint() writes to the database, but it was opened or named for reading only': () =>
    checkpoint('file:a.db?mode=ro'),
  'A checkpointer writes to the database, but it was opened or named for reading only': () =>
    startCheckpointer('file:a.db?mode=ro'),
  'Checkpointers can only be started by startCheckpointer()': async () => {
    const db = getDb(tempDb()).exec('CREATE TABLE t (a)');
    const checkpointer = startCheckpointer(db);
    await checkpointer.stop();
    return Reflect.construct(checkpointer.constructor, []);
  },
  FERROLITE_NOT_WAL: () => checkpoint(withoutLog()),
};
