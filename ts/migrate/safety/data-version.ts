/**
 * Whether others have written to a database: `PRAGMA data_version` of a connection changes when another one has committed.
 *
 * It also changes by one when the connection itself turns to or from a write-ahead log, and when its VACUUM gives pages
 * another size. That is counted here, so that nobody else is taken to have written.
 *
 * See https://sqlite.org/pragma.html#pragma_data_version.
 */
import type { Database } from '../../core';

const versionOf = (db: Database): number => Number(db.pragma('data_version', { simple: true }));

export const hasWal = (db: Database): boolean => db.pragma('journal_mode', { simple: true }) === 'wal';

/** What the connection has added itself. */
const own = new WeakMap<Database, number>();

/** Stays the same until others have written. */
export const foreignVersionOf = (db: Database): number => versionOf(db) - (own.get(db) ?? 0);

interface Look {
  readonly version: number;
  readonly form: string;
}

function look(db: Database): Look | undefined {
  try {
    const form = `${hasWal(db)} ${String(db.pragma('page_size', { simple: true }))}`;
    return { version: versionOf(db), form };
  } catch {
    // Somebody has it locked, and may write.
    return undefined;
  }
}

/** Executes a statement of the connection's own, outside of a transaction. */
export function countOwn(db: Database, execute: () => void): void {
  const before = look(db);
  execute();
  const after = look(db);
  if (before === undefined || after === undefined || before.form === after.form) return;
  // By more than one: others have written as well.
  if (after.version === before.version + 1) own.set(db, (own.get(db) ?? 0) + 1);
}
