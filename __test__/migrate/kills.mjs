// Migrations that are killed wherever they are, and what must be true of the file afterwards. Free of the test runner.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'ferrolite';
import { projectRoot } from '../crash/kill.mjs';

/** Every migration says in each customer which one was the last, so that a state is known by its rows. */
export const FILES = {
  '1_rebuild.sql': `PRAGMA foreign_keys = OFF;
    CREATE TABLE new_customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL);
    INSERT INTO new_customers SELECT id, name, 1 FROM customers;
    DROP TABLE customers;
    ALTER TABLE new_customers RENAME TO customers;`,
  '2_steps.sql': `UPDATE customers SET version = 21;
    VACUUM;
    UPDATE customers SET version = 22;
    PRAGMA wal_checkpoint(TRUNCATE);
    UPDATE customers SET version = 2;`,
  '3_index.sql': 'CREATE INDEX orders_customer ON orders (customer); UPDATE customers SET version = 3;',
  '4_function.cjs': `exports.up = async (db) => {
    db.exec("ALTER TABLE orders ADD COLUMN state TEXT NOT NULL DEFAULT 'open'");
    await new Promise((resolve) => setImmediate(resolve));
    db.exec('UPDATE customers SET version = 4');
  };`,
};

/** For a large file, which VACUUM would write several times over. */
export const withoutVacuum = (files) => ({
  ...files,
  '2_steps.sql': files['2_steps.sql'].replace('VACUUM', 'PRAGMA wal_checkpoint(PASSIVE)'),
});

/** The last one passes its rehearsal, and fails for good: the copy of before is put back. */
export const FAILING = {
  ...FILES,
  '5_fails.cjs': `exports.up = (db, { isRehearsal }) => {
    db.exec('UPDATE customers SET version = 5');
    if (isRehearsal) return;
    require('node:fs').writeSync(1, 'put back\\n');
    throw new Error('for good');
  };`,
};

/** What a process says, in this order; where one is resumed there is less. */
export const STAGES = [
  ...['1_rebuild', '2_steps', '3_index', '4_function'].map((name) => `rehearse ${name}`),
  'backup',
  ...['1_rebuild', '2_steps', '3_index', '4_function'].map((name) => `up ${name}`),
  'put back',
];

const MIGRATE = `
  const { writeSync } = require('node:fs');
  const { runMigrations } = require('ferrolite/migrate');
  const [, path, folder] = process.argv;
  const onProgress = ({ stage, name }) => writeSync(1, (stage === 'backup' ? stage : stage + ' ' + name) + '\\n');
  runMigrations(path, folder, { rehearse: true, backup: true, onProgress }).then(
    () => writeSync(1, 'done\\n'),
    (error) => writeSync(1, 'failed: ' + error.message + '\\n'),
  );
`;

/** Customers and their orders, which would go with them. */
export function build(path, { bytes, mode }) {
  const orders = Math.ceil(bytes / ORDER_BYTES);
  const customers = Math.ceil(orders / 10);
  const numbers = (count) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${count})`;
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = ${mode}; PRAGMA synchronous = OFF;
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, version INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id) ON DELETE CASCADE, data BLOB);
    ${numbers(customers)} INSERT INTO customers (id, name) SELECT i, 'customer ' || i FROM n;
    ${numbers(orders)} INSERT INTO orders SELECT i, 1 + i % ${customers}, randomblob(${ORDER_BYTES}) FROM n;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  db.close();
  return { customers, orders };
}

/** A page has two. */
const ORDER_BYTES = 2000;

/**
 * Migrates in a process of its own, which is killed some time after it has said `stage`.
 *
 * @param kill undefined: it goes on to its end
 * @returns what it has said, and whether it was killed before it ended
 */
export async function migrate(path, folder, kill) {
  const child = spawn(process.execPath, ['-e', MIGRATE, path, folder], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let isDue = false;
  child.stdout.setEncoding('utf8').on('data', async (text) => {
    output += text;
    if (kill === undefined || isDue || !output.split('\n').includes(kill.stage)) return;
    isDue = true;
    await sleep(kill.delayMs);
    child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.on('close', (_, how) => resolve(how)));
  return { said: output.trimEnd().split('\n'), isKilled: signal === 'SIGKILL' };
}

/** The number in each customer, by the migration that was recorded last and its steps that were done. */
const VERSIONS = {
  '1_rebuild': { whole: 1 },
  '2_steps': { whole: 2, steps: [1, 21, 21, 22, 22] },
  '3_index': { whole: 3 },
  '4_function': { whole: 4 },
};

/**
 * Looks at the file after a process has ended, in whatever way.
 *
 * @returns the number of its state
 * @throws where it is none that a migration leaves
 */
export function stateOf(path, { customers, orders }) {
  const db = new Database(path);
  try {
    const integrity = db.pragma('integrity_check', { simple: true });
    const violations = db.pragma('foreign_key_check').length;
    const hasTable = db
      .prepare("SELECT count(*) FROM sqlite_schema WHERE name = '_ferrolite_migrations'")
      .pluck()
      .get();
    const recorded = hasTable
      ? db.prepare('SELECT name, steps_done FROM _ferrolite_migrations ORDER BY id').raw().all()
      : [];
    const names = recorded.map(([name]) => name);
    const [last, steps] = recorded.at(-1) ?? [];
    const { whole, steps: versions } = VERSIONS[last] ?? { whole: 0 };
    const version = steps === undefined || steps === null ? whole : versions[steps];
    const expected = {
      integrity: 'ok',
      violations: 0,
      names: Object.keys(VERSIONS).slice(0, names.length),
      versions: [version],
      customers,
      orders,
      bytes: orders * ORDER_BYTES,
      hasIndex: whole >= 3,
      hasColumn: whole >= 4,
      objects: 2 + Number(hasTable) + Number(whole >= 3),
    };
    const one = (sql) => db.prepare(sql).pluck().get();
    const found = {
      integrity,
      violations,
      names,
      versions: db.prepare('SELECT DISTINCT version FROM customers').pluck().all(),
      customers: one('SELECT count(*) FROM customers'),
      orders: one('SELECT count(*) FROM orders JOIN customers ON customers.id = orders.customer'),
      bytes: one('SELECT sum(length(data)) FROM orders'),
      hasIndex: one("SELECT count(*) FROM sqlite_schema WHERE name = 'orders_customer'") === 1,
      hasColumn: one("SELECT count(*) FROM pragma_table_info('orders') WHERE name = 'state'") === 1,
      objects: one("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"),
    };
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      throw new Error(`the file has ${JSON.stringify(found)}, and not ${JSON.stringify(expected)}`);
    }
    return version;
  } finally {
    db.close();
  }
}

const PUT_BACK =
  /^failed: The migration "5_fails" failed.*: for good\. The database (?:was put back to|is) what it was before/;
const RESUMED = 'up 2_steps';
/** What customers have between the steps of the migration that is not one transaction. */
const STEPS = new Set([21, 22]);

/** A hash of all rows that migrations keep. */
export function digestOf(path) {
  const hash = createHash('sha256');
  const db = new Database(path);
  for (const sql of [
    'SELECT id, name FROM customers ORDER BY id',
    'SELECT id, customer, data FROM orders ORDER BY id',
  ]) {
    for (const [id, text, data] of db.prepare(sql).raw().iterate()) {
      hash.update(`${id} ${text} `);
      if (data !== undefined) hash.update(data);
    }
  }
  db.close();
  return hash.digest('hex');
}

/** What must not stay beside a database once a migration was brought to its end. */
export const leftBeside = (path) =>
  readdirSync(dirname(path)).filter((name) =>
    /-(?:migrating|rehearsal|journal|wal|shm)|\.partial$/.test(name),
  );

/**
 * Kills migrations of one file, one after the other, and lets the last one come to its end.
 *
 * @param kills stages with delays
 * @returns {Promise<{ hits: string[], states: number[] }>} the stages at which one was killed, and the states it has left
 */
export async function killAll(path, { counts, folder, isFailing, kills }) {
  const hits = [];
  const states = [stateOf(path, counts)];
  for (const kill of kills) {
    const isResumed = STEPS.has(states.at(-1));
    // Where one is between its steps, the next process is killed while it goes on with them.
    const { said, isKilled } = await migrate(path, folder, isResumed ? { ...kill, stage: RESUMED } : kill);
    states.push(stateOf(path, counts));
    const stage = said.at(-1);
    // One that has said how it ended was not killed in the middle of anything, and one that has found all applied but what
    // fails had nothing to put back.
    const isInTheMiddle = !/^(?:done|failed)/.test(stage) && (stage !== 'put back' || states.at(-2) !== 4);
    if (isKilled && isInTheMiddle) {
      hits.push(isResumed && stage === RESUMED ? `${stage}, resumed` : stage);
    }
  }
  const before = states.at(-1);
  const { said } = await migrate(path, folder);
  const after = stateOf(path, counts);
  const end = said.at(-1);
  const isRight = isFailing
    ? PUT_BACK.test(end) && end.includes(before === 4 ? ' is what' : ' put back') && after === before
    : end === 'done' && after === 4;
  if (!isRight) throw new Error(`it came from ${before} to ${after}, and said ${said.join('; ')}`);
  const left = leftBeside(path);
  // What a killed process has left is removed by the next one that applies something.
  if (!isFailing && before !== after && left.length > 0)
    throw new Error(`beside it stays ${left.join(', ')}`);
  return { hits, states };
}
