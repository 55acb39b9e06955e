/**
 * Tries a connection, without ever waiting inside of SQLite.
 *
 * A lock that another process holds would stop the event loop for the whole busy timeout. So the timeout is set to
 * zero for a try and given back before anything else can run, and waiting is done between tries.
 */
import type { Deadline } from './deadline';
import { findError } from '../find-error';
import type { HealthStatus, ProbeCheck } from './result';
import type { CheckedDatabase } from './subject';

/** Why a try had to be given up that may succeed later. */
interface Obstacle {
  readonly reason: string;
  readonly code?: string;
}

interface Probe {
  /** One try, on a connection that does not wait for locks. */
  readonly run: (database: CheckedDatabase) => void;
  /** What keeps this connection from being tried, if anything. */
  readonly obstacle?: (database: CheckedDatabase) => string | undefined;
  /** What it means when the obstacle stayed until the deadline. */
  readonly ifBusy: HealthStatus;
  /** What the other connection has, for the reason. */
  readonly lock: string;
}

/** Reads the schema: the first page, and with it the key, the header and whether it is a database. */
export const READ: Probe = {
  run: (database) => void database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get(),
  ifBusy: 'unhealthy',
  lock: 'an exclusive lock',
};

/** Takes the write lock, and gives it back without having written. */
export const WRITE: Probe = {
  run: (database) => {
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
  },
  obstacle: (database) =>
    database.inTransaction ? 'a transaction of this connection itself stayed open' : undefined,
  // What can be read is served, and nothing is wrong with a long transaction as such.
  ifBusy: 'degraded',
  lock: 'the write lock',
};

/** Tries until it succeeds, fails, or the deadline is over. Never throws. */
export async function probe(database: CheckedDatabase, what: Probe, deadline: Deadline): Promise<ProbeCheck> {
  const startMs = deadline.elapsedMs;
  for (;;) {
    const outcome = tryOnce(database, what);
    const durationMs = deadline.elapsedMs - startMs;
    if (outcome === undefined) return { status: 'ok', durationMs };
    if (outcome.isFinal) return { status: 'unhealthy', ...outcome.obstacle, durationMs };
    if (!(await deadline.pause())) return { status: what.ifBusy, ...outcome.obstacle, durationMs };
  }
}

function tryOnce(
  database: CheckedDatabase,
  what: Probe,
): { readonly isFinal: boolean; readonly obstacle: Obstacle } | undefined {
  if (!database.open) return { isFinal: true, obstacle: { reason: 'the connection was closed' } };
  const reason = what.obstacle?.(database);
  if (reason !== undefined) return { isFinal: false, obstacle: { reason } };
  try {
    withoutWaiting(database, () => what.run(database));
    return undefined;
  } catch (error) {
    return failureOf(error, what);
  }
}

/** `db.pragma()` would refuse while rows are being iterated. */
function withoutWaiting(database: CheckedDatabase, run: () => void): void {
  const timeout = database.prepare('PRAGMA busy_timeout').pluck().get();
  database.prepare('PRAGMA busy_timeout = 0').get();
  try {
    run();
  } finally {
    database.prepare(`PRAGMA busy_timeout = ${String(timeout)}`).get();
  }
}

function failureOf(error: unknown, what: Probe): { isFinal: boolean; obstacle: Obstacle } {
  const found = findError(error);
  if (found === undefined) {
    // The driver's own refusal: rows are being iterated, or this runs inside of a function that SQL calls.
    const isBusy = error instanceof Error && error.message.includes('is busy executing a query');
    const reason = isBusy ? 'rows of this connection are being iterated' : String(error);
    return { isFinal: !isBusy, obstacle: { reason } };
  }
  const { code, message } = found;
  if (!/^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/.test(code)) {
    // The statements are ours: SQLite's text about them cannot hold anything of the application's.
    return { isFinal: true, obstacle: { reason: message, code } };
  }
  return { isFinal: false, obstacle: { reason: `another connection held ${what.lock}`, code } };
}
