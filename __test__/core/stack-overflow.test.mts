// At every depth at which the stack can run out, a statement must be as usable afterwards as before.
import { expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';

// Frames that do not change while the test runs, on a small stack, so that every depth is met.
const flags = ['--no-opt', '--no-sparkplug', '--stack-size=160'];

/** Runs in a child: `attempt` at each depth up to the limit, `after` behind each that overflowed. */
function atEveryDepth(sql: string, kind: string): { overflowed: number; left: number } {
  const Database = require('ferrolite');
  const db = new Database(':memory:');
  db.exec(sql);
  function at(depth: number, fn: () => unknown): number {
    if (depth <= 0) {
      fn();
      return 0;
    }
    return at(depth - 1, fn) + depth;
  }
  let limit = 1;
  try {
    for (; ; limit += 1) at(limit, () => 0);
  } catch {
    // That deep and no deeper.
  }
  const seen = { overflowed: 0, left: 0 };
  for (let depth = limit - 700; depth < limit; depth += 1) {
    // Names of its own, so that rows are made by the loop, which goes deeper than a constructor.
    const statement = db.prepare(`SELECT a, b AS "c${depth % 97}" FROM t`);
    const rows = kind === 'all' ? undefined : statement.iterate();
    rows?.next();
    let overflowed = false;
    try {
      if (rows === undefined) at(depth, () => statement.all());
      else at(depth, () => rows.next());
    } catch {
      overflowed = true;
    }
    rows?.return();
    if (!overflowed) continue;
    seen.overflowed += 1;
    try {
      db.exec('CREATE TABLE IF NOT EXISTS z (a); DROP TABLE z');
      if (statement.busy) seen.left += 1;
    } catch {
      seen.left += 1;
    }
  }
  return seen;
}

const rows = `CREATE TABLE t (a, b); WITH RECURSIVE c (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 2500)
  INSERT INTO t SELECT n, 'text' || n FROM c`;

it.each(['all', 'iterate'])('%s() that runs out of stack leaves nothing running or locked', (kind) => {
  const { overflowed, left } = inChild(atEveryDepth, [rows, kind], { flags });
  expect(overflowed).toBeGreaterThan(5);
  expect(left).toBe(0);
});
