// explain: the plan as text and for programs, indexes that help, what is executed.
import { describe, expect, it } from 'vitest';
import { database, ferrolite, isOpen, parsed, start } from './support.mts';

const FILLED = `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, total REAL);
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 5000)
    INSERT INTO orders SELECT i, i % 500, i * 0.5 FROM n;
  ANALYZE`;
const SLOW = 'SELECT * FROM orders WHERE customer = ? ORDER BY total';

describe('explain', () => {
  it('prints a plan without problems: status 0', () => {
    const { status, stdout, stderr } = ferrolite([
      'explain',
      '--db',
      database(FILLED),
      'SELECT * FROM orders WHERE id = ?',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe('└─ SEARCH orders USING INTEGER PRIMARY KEY (rowid=?)  [about 1 row]\n');
  });

  it('says what is wrong with one, and which index helps: status 1', () => {
    const path = database(FILLED);
    const { status, stdout } = ferrolite(['explain', '--db', path], { input: SLOW });
    expect(status).toBe(1);
    expect(stdout).toContain('├─ SCAN orders  [full scan, about 5,000 rows]\n');
    expect(stdout).toContain('\n2 problems: full scan, temporary B-tree for ORDER BY\n');
    const create = /^ {2}(CREATE INDEX .*;)$/m.exec(stdout)?.[1] ?? '';
    expect(ferrolite(['query', '--db', path, '--write', create]).status).toBe(0);
    expect(ferrolite(['explain', '--db', path, '--quiet', SLOW])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('executes the query where it is told to', () => {
    const path = database(FILLED);
    const args = ['explain', '--db', path, '--execute', SLOW, '-p', '7'];
    expect(ferrolite(args).stdout).toMatch(
      /^Executed: 10 rows, [\d,]+ steps of full scans, 1 sort, .*, \d+ ms$/m,
    );
    const json = parsed(ferrolite([...args, '--json', '--no-suggest']));
    expect(json).toMatchObject({
      database: path,
      sql: SLOW,
      suggestions: [],
      actual: { rows: 10, sorts: 1 },
    });
    expect((json['problems'] as unknown[]).length).toBe(2);
  });

  it('explains what writes, and does not execute it', () => {
    const path = database(FILLED);
    expect(ferrolite(['explain', '--db', path, 'DELETE FROM orders']).stdout).toBe(
      'Nothing is searched, read or sorted.\n',
    );
    const refused = ferrolite(['explain', '--db', path, '--execute', 'DELETE FROM orders']);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      'ferrolite: --execute is for a query that gives rows\n',
    ]);
    expect(ferrolite(['explain', '--db', path, '--execute', 'DELETE FROM orders RETURNING id']).status).toBe(
      2,
    );
    const count = ferrolite(['query', '--db', path, '-f', 'csv', 'SELECT count(*) AS n FROM orders']);
    expect(count.stdout).toBe('n\n5000\n');
  });

  it('says what is wrong with the SQL: status 2', () => {
    const { status, stderr } = ferrolite(['explain', '--db', database(FILLED), 'SELECT * FROM none']);
    expect([status, stderr]).toEqual([2, 'ferrolite: SQLITE_ERROR: no such table: none\n']);
  });

  it.runIf(process.platform === 'linux')('gives an execution up on Ctrl-C', async () => {
    const endless =
      'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const path = database(FILLED);
    const run = start(['explain', '--db', path, '-x', endless]);
    // It listens for signals by the time that it has the database open.
    while (!isOpen(path, run.process.pid)) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toBe('ferrolite: cancelled by Ctrl-C. Nothing was changed.\n');
  });
});
