// The texts of withRetry() in docs/errors.md, each with a call that gives it.
import Database from 'ferrolite';
import { withRetry } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { tempDb } from '../helpers/temp-db.mts';

/** Wrong calls on purpose. */
const loose = withRetry as (...args: any[]) => Promise<unknown>;
const memory = (): Database.Database => new Database(':memory:');

export const retryCalls: Readonly<Record<string, () => unknown>> = {
  FERROLITE_RETRY_DEADLINE: () => {
    const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
    const run = (): never => {
      throw busy;
    };
    return withRetry(memory(), run, { deadlineMs: 1 });
  },
  'withRetry() runs whole transactions, and cannot be used inside of one: use it around the outermost': () =>
    withRetry(memory().exec('BEGIN'), () => undefined),
  'The function of withRetry() cannot return a promise on a connection: use a pool': () =>
    withRetry(memory(), async () => undefined),
  'The transactions of a pool begin immediately: leave the "mode" option out': async () => {
    const pool = openPool(tempDb());
    try {
      return await withRetry(pool, () => undefined, { mode: 'deferred' });
    } finally {
      await pool.close();
    }
  },
  'Expected second argument to be a function': () => loose(memory(), 'UPDATE t SET a = 1'),
  'Expected the "mode" option to be "immediate", "deferred" or "exclusive"': () =>
    loose(memory(), () => undefined, { mode: 'fast' }),
  'Expected the "onRetry" option to be a function': () => loose(memory(), () => undefined, { onRetry: 5 }),
};
