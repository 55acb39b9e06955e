// explainQuery(): the plan as SQLite has it, what is bad about it, and indexes that the planner really uses.
import { explainQuery, type PlanNode, type QueryPlan } from 'ferrolite/ops';
import { describe, expect, it, onTestFinished } from 'vitest';
import { betterSqlite3, describeDrivers } from '../helpers/drivers.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { poolWith } from '../pool/support.mts';

const SCHEMA = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, city TEXT, age INTEGER);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, state TEXT, at TEXT);
  CREATE INDEX orders_state ON orders (state);
  CREATE INDEX users_city ON users (city, age);
  CREATE TABLE pairs (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
  CREATE VIEW open_orders AS SELECT * FROM orders WHERE state = 's1';
  INSERT INTO users WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200)
    SELECT x, 'u' || x, 'c' || (x % 10), x % 90 FROM n;
  INSERT INTO orders WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 2000)
    SELECT x, x % 200 + 1, 's' || (x % 5), x FROM n;`;

const loose = explainQuery as (...args: any[]) => Promise<QueryPlan>;
const all = (nodes: readonly PlanNode[]): PlanNode[] =>
  nodes.flatMap((node) => [node, ...all(node.children)]);
const problems = (plan: QueryPlan): string[] => plan.problems.map(({ problem }) => problem);
const created = (plan: QueryPlan): string[] => plan.suggestions.map(({ sql }) => sql);

describeDrivers('explainQuery() on a connection', (driver) => {
  const open = (extra = ''): any => {
    const db: any = new driver.Database(tempDb());
    onTestFinished(() => void db.close());
    return db.exec(SCHEMA + extra);
  };

  it.each([
    ['SELECT * FROM users', { kind: 'scan', table: 'users', fullScan: true, index: undefined }],
    ['SELECT city FROM users', { kind: 'scan', index: 'users_city', coveringIndex: true, fullScan: true }],
    ['SELECT * FROM users WHERE id = 1', { kind: 'search', constraint: 'rowid=?', fullScan: false }],
    [
      'SELECT email FROM users AS "the users" WHERE city = ? AND age > 5',
      {
        kind: 'search',
        table: 'the users',
        index: 'users_city',
        constraint: 'city=? AND age>?',
        coveringIndex: false,
      },
    ],
    ['SELECT age FROM users WHERE city = 1', { kind: 'search', coveringIndex: true }],
    ['SELECT b FROM pairs WHERE a = 1', { kind: 'search', constraint: 'a=?', index: undefined }],
    ['SELECT * FROM json_each(?)', { kind: 'scan', table: 'json_each', virtualTable: true, fullScan: false }],
    ['SELECT 1', { kind: 'scan', table: undefined, fullScan: false }],
    ['VALUES (1), (2)', { kind: 'scan', fullScan: false }],
    ['DELETE FROM users WHERE age = 1', { kind: 'scan', table: 'users', fullScan: true }],
  ])('reads the step of %s', async (sql, expected) => {
    const { nodes } = await explainQuery(open(), sql);
    expect(nodes[0]).toMatchObject(expected);
    expect(nodes).toHaveLength(1);
  });

  it('tells automatic indexes, temporary B-trees and subqueries', async () => {
    const db = open();
    const sql = `SELECT DISTINCT u.age, (SELECT max(at) FROM orders WHERE user_id = u.id)
      FROM users AS u JOIN (SELECT user_id, count(*) AS n FROM orders GROUP BY user_id) AS o ON o.n = u.age
      ORDER BY u.email`;
    const steps = all((await explainQuery(db, sql)).nodes);
    expect(steps.find(({ automaticIndex }) => automaticIndex)).toMatchObject({
      kind: 'search',
      index: undefined,
    });
    const sorted = steps.flatMap(({ temporaryBTree = [] }) => temporaryBTree);
    expect(sorted.toSorted()).toEqual(['DISTINCT', 'GROUP BY', 'ORDER BY']);
    const scalar = steps.find(({ detail }) => detail.startsWith('CORRELATED SCALAR SUBQUERY'));
    expect(scalar).toMatchObject({ kind: 'subquery', correlated: true, children: [{ table: 'orders' }] });
    const compound = await explainQuery(db, 'SELECT age FROM users EXCEPT SELECT user_id FROM orders');
    expect(problems(compound).some((problem) => problem.startsWith('temporary B-tree for'))).toBe(true);
  });

  it('is the tree that SQLite describes, and a text of it', async () => {
    const db = open('ANALYZE');
    const sql = 'SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.city = ? ORDER BY o.at';
    const plan = await explainQuery(db, sql, ['c1'], { suggest: false });
    const rows: any[] = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all('c1');
    expect(all(plan.nodes).map(({ detail }) => detail)).toEqual(rows.map(({ detail }) => detail));
    expect(all(plan.nodes).every(({ kind, estimatedCost }) => kind !== 'scan' || estimatedCost! > 1)).toBe(
      true,
    );
    expect(plan.text.split('\n')).toHaveLength(rows.length);
    expect(plan.text).toContain('├─ SCAN o  [full scan, about 2,000 rows]');
    expect(plan.text).toContain('└─ USE TEMP B-TREE FOR ORDER BY  [temporary B-tree for ORDER BY]');
    expect(plan.suggestions).toEqual([]);
  });

  it('estimates rows by the statistics, and not without them', async () => {
    const sql = 'SELECT email FROM users WHERE city = ?';
    expect((await explainQuery(open(), sql)).nodes[0]?.estimatedRows).toBeUndefined();
    const db = open('ANALYZE');
    expect((await explainQuery(db, sql)).nodes[0]?.estimatedRows).toBe(20);
    expect((await explainQuery(db, 'SELECT * FROM orders o')).nodes[0]?.estimatedRows).toBe(2000);
    expect((await explainQuery(db, 'SELECT * FROM users WHERE id = 1')).nodes[0]?.estimatedRows).toBe(1);
  });

  it.each([
    ['SELECT * FROM users WHERE email = ?', ['CREATE INDEX "users_email" ON "users" ("email")']],
    [
      'SELECT * FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = ?',
      [
        'CREATE INDEX "users_email" ON "users" ("email")',
        'CREATE INDEX "orders_user_id" ON "orders" ("user_id")',
      ],
    ],
    [
      "SELECT * FROM orders WHERE state = 's1' ORDER BY at",
      ['CREATE INDEX "orders_state_at" ON "orders" ("state", "at")'],
    ],
    ['SELECT * FROM open_orders ORDER BY at', ['CREATE INDEX "orders_state_at" ON "orders" ("state", "at")']],
    ['UPDATE users SET age = 1 WHERE email = ?', ['CREATE INDEX "users_email" ON "users" ("email")']],
    ['SELECT * FROM users WHERE id = 1', []],
    ['SELECT * FROM users', []],
    ['SELECT count(*) FROM users WHERE lower(email) = ?', []],
  ])('suggests for %s what the planner then uses', async (sql, expected) => {
    const db = open('ANALYZE');
    const plan = await explainQuery(db, sql);
    expect(created(plan).toSorted()).toEqual(expected.toSorted());
    const [first] = plan.suggestions;
    if (first === undefined) return;
    if (sql.includes('WHERE email')) expect(first.estimatedGain).toBeGreaterThan(2);
    for (const statement of created(plan)) db.exec(statement);
    db.exec('ANALYZE');
    const after = await explainQuery(db, sql);
    expect(after.problems.length).toBeLessThan(plan.problems.length);
    const indexes = all(after.nodes).map(({ index }) => index);
    for (const { table, columns } of plan.suggestions) {
      expect(indexes).toContain([table, ...columns].join('_'));
    }
    // Nothing is suggested twice.
    expect(created(after).filter((statement) => created(plan).includes(statement))).toEqual([]);
  });

  it('suggests no index that is there already, under another name or for a constraint', async () => {
    const db = open(
      'CREATE TABLE logins (email TEXT UNIQUE, at TEXT, kind TEXT); CREATE INDEX by_kind ON logins (kind, at)',
    );
    db.exec(`INSERT INTO logins WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 500)
      SELECT 'u' || x, x, x % 3 FROM n; ANALYZE`);
    const sql = `SELECT o.* FROM logins l JOIN users u ON u.email = l.email JOIN orders o ON o.user_id = u.id
      WHERE l.email = ? AND l.kind = ? ORDER BY o.at`;
    const plan = await explainQuery(db, sql);
    expect(plan.suggestions.map(({ table, columns }) => [table, columns[0]])).toEqual(
      expect.arrayContaining([['orders', 'user_id']]),
    );
    expect(plan.suggestions.filter(({ table }) => table === 'logins')).toEqual([]);
  });

  it('names indexes that the suggested one replaces, and takes no name that is taken', async () => {
    const db = open('ANALYZE; CREATE TABLE orders_state_at (a)');
    const { suggestions } = await explainQuery(db, "SELECT * FROM orders WHERE state = 'open' ORDER BY at");
    expect(suggestions).toMatchObject([
      {
        table: 'orders',
        columns: ['state', 'at'],
        sql: 'CREATE INDEX "orders_state_at_2" ON "orders" ("state", "at")',
        replaces: ['orders_state'],
      },
    ]);
    expect(suggestions[0]?.planAfter).toBe('└─ SEARCH orders USING INDEX orders_state_at_2 (state=?)');
  });

  it('suggests nothing where the copy cannot be what the database is', async () => {
    const db = open();
    db.function('own', (value: unknown) => value);
    const plan = await explainQuery(db, 'SELECT own(email) FROM users WHERE email = ?');
    expect(problems(plan)).toEqual(['full scan']);
    expect(plan.suggestions).toEqual([]);
    db.exec('CREATE TEMP TABLE mine (a, b)');
    expect((await explainQuery(db, 'SELECT * FROM mine WHERE a = 1')).suggestions).toEqual([]);
  });

  it('survives schemas with everything in them', async () => {
    const db = open(`
      CREATE VIRTUAL TABLE words USING fts5(text);
      CREATE TABLE "odd "" name" ("a b" TEXT COLLATE NOCASE, c AS ("a b" || 'x') STORED, CHECK (length("a b") > 0));
      CREATE TRIGGER tr AFTER INSERT ON users BEGIN DELETE FROM orders; END;
      CREATE UNIQUE INDEX partial ON users (email) WHERE age > 18;
      CREATE INDEX expressions ON users (lower(city));
      ANALYZE`);
    const { suggestions } = await explainQuery(db, 'SELECT "a b", c FROM "odd "" name" AS odd WHERE c = ?');
    expect(suggestions.map(({ sql }) => sql)).toEqual([
      'CREATE INDEX "odd "" name_c" ON "odd "" name" ("c")',
    ]);
    db.exec(suggestions[0]!.sql);
  });

  it('executes only when it is asked to, and tells what was done', async () => {
    const db = open();
    let calls = 0;
    db.function('counted', () => (calls += 1));
    const sql = 'SELECT counted() FROM orders ORDER BY at';
    expect((await explainQuery(db, sql)).actual).toBeUndefined();
    expect(calls).toBe(0);
    const { actual } = await explainQuery(db, sql, undefined, { execute: true });
    expect(calls).toBe(2000);
    expect(actual?.rows).toBe(2000);
    expect(actual?.durationMs).toBeGreaterThan(0);
    if (driver === betterSqlite3) expect(actual?.vmSteps).toBeUndefined();
    else expect(actual).toMatchObject({ fullScanSteps: 1999, sorts: 1, automaticIndexRows: 0 });
    const filtered = await explainQuery(db, 'SELECT * FROM users WHERE age < ?', [10], { execute: true });
    expect(filtered.actual?.rows).toBe(db.prepare('SELECT count(*) FROM users WHERE age < 10').pluck().get());
    const writes = explainQuery(db, 'DELETE FROM users RETURNING id', [], { execute: true });
    await expect(writes).rejects.toThrow('Only a query that changes nothing is executed to be explained');
    expect(db.prepare('SELECT count(*) FROM users').pluck().get()).toBe(200);
  });

  it('works where integers are bigints by default', async () => {
    const db = open('ANALYZE');
    db.defaultSafeIntegers(true);
    const plan = await explainQuery(db, 'SELECT * FROM users WHERE email = ?');
    expect(plan.text).toBe('└─ SCAN users  [full scan, about 200 rows]');
    expect(created(plan)).toHaveLength(1);
    const { actual } = await explainQuery(db, 'SELECT * FROM users', [], { execute: true });
    expect(actual?.rows).toBe(200);
    if (driver !== betterSqlite3) expect(actual?.fullScanSteps).toBe(199);
  });

  it('refuses wrong queries and arguments', async () => {
    const db = open();
    await expect(explainQuery(db, 'SELECT * FROM none')).rejects.toThrow('no such table: none');
    await expect(explainQuery(db, 'SELECT 1; SELECT 2')).rejects.toThrow('more than one statement');
    await expect(explainQuery(db, 'SELECT ?', [1, 2])).rejects.toThrow('Too many parameter values');
    await expect(loose(5, 'SELECT 1')).rejects.toThrow(
      'Expected first argument to be a connection or a pool',
    );
    await expect(loose(db, 5)).rejects.toThrow('Expected second argument to be a string');
    await expect(loose(db, 'SELECT 1', [], { analyze: true })).rejects.toThrow('Unknown option "analyze"');
    await expect(loose(db, 'SELECT 1', [], { execute: 1 })).rejects.toThrow('"execute"');
  });
});

describe('explainQuery() on a pool', () => {
  it('gives the plan, suggestions and what was done', async () => {
    const pool = poolWith(`${SCHEMA} ANALYZE;`);
    const plan = await explainQuery(pool, 'SELECT id FROM users WHERE email = ?', ['u5'], { execute: true });
    expect(plan.text).toBe('└─ SCAN users  [full scan, about 200 rows]');
    expect(created(plan)).toEqual(['CREATE INDEX "users_email" ON "users" ("email")']);
    expect(plan.actual).toMatchObject({ rows: 1, fullScanSteps: 199, sorts: 0 });
    const write = explainQuery(pool, 'DELETE FROM users RETURNING id', [], { execute: true });
    await expect(write).rejects.toThrow();
    expect(await pool.get('SELECT count(*) AS n FROM users')).toEqual({ n: 200 });
  });
});
