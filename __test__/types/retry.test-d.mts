// The types of withRetry().
import type BetterSqlite3 from 'better-sqlite3';
import Database from 'ferrolite';
import { withRetry } from 'ferrolite/ops';
import type { Pool } from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

test('withRetry() gives what the function gives, on a connection and on a pool', () => {
  const db = new Database(':memory:');
  expectTypeOf(withRetry(db, () => 5)).resolves.toEqualTypeOf<number>();
  expectTypeOf(withRetry({} as BetterSqlite3.Database, (same) => same.name)).resolves.toEqualTypeOf<string>();
  const pool = {} as Pool;
  expectTypeOf(withRetry(pool, (tx) => tx.run('DELETE FROM t'))).resolves.toExtend<{ changes: number }>();
  expectTypeOf(withRetry(pool, async () => 'x', { deadlineMs: 100 })).resolves.toEqualTypeOf<string>();
  // @ts-expect-error There is no such mode.
  void withRetry(db, () => 5, { mode: 'fast' });
  // @ts-expect-error A text is no function.
  void withRetry(db, 'DELETE FROM t');
});
