// What a process leaves on disk when it ends without closing: children of this runtime.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');
const { Skipped } = require('./run-checks.cjs');
const { start } = require('./threads.cjs');

/** Runs exit-child.cjs on the runtime that runs us. */
function runChild(fixture, file, open, how) {
  const before = process.versions.deno
    ? ['run', '--allow-all', '--node-modules-dir=manual', '--no-config']
    : [];
  const { driver, folder } = fixture;
  const args = [...before, path.join(__dirname, 'exit-child.cjs'), driver, folder, file, open, how];
  const { status, signal, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  assert.strictEqual(signal, null, stderr);
  return { status, stderr };
}

function logsOf(file) {
  return [`${file}-wal`, `${file}-shm`].filter((name) => fs.existsSync(name));
}

function assertNothingLeft(file, fixture, rows = ['kept']) {
  assert.ok(fs.existsSync(file), 'the child wrote its database');
  assert.deepStrictEqual(logsOf(file), []);
  const Database = load(fixture);
  const db = new Database(file, { readonly: true });
  assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), rows);
  db.close();
}

function needsClient(fixture) {
  if (typeof load(fixture).getSqlite !== 'function') throw new Skipped('the driver has no getSqlite');
}

/** @param {string} how one of the ends of exit-child.cjs */
function leavesNothing(open, how, { isEnded, rows }) {
  return (fixture) => {
    if (open === 'getSqlite()') needsClient(fixture);
    else if (fixture.driver !== 'ferrolite' && !how.startsWith('end'))
      throw new Skipped('the driver leaves its log');
    const file = newPath(fixture);
    const { status, stderr } = runChild(fixture, file, open, how);
    assert.ok(isEnded(status, stderr), `exit code ${status}\n${stderr}`);
    assertNothingLeft(file, fixture, rows);
  };
}

/** @param {string} how one of the ends of exit-child.cjs */
function endsWithBusyWorker(how) {
  return (fixture) => {
    if (fixture.driver !== 'ferrolite') throw new Skipped('the driver never ends such a thread');
    const file = newPath(fixture);
    const { status, stderr } = runChild(fixture, file, 'new Database()', how);
    assert.strictEqual(status, 3, stderr);
    // Bun and Deno do not stop the worker before: what it has open keeps its log.
    const isNode = !process.versions.bun && !process.versions.deno;
    if (isNode) assert.deepStrictEqual(logsOf(file), []);
    const Database = load(fixture);
    const db = new Database(file);
    assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['kept']);
    db.close();
    assert.deepStrictEqual(logsOf(file), []);
  };
}

const isExit = (status) => status === 3;
const isFailure = (text) => (status, stderr) => status !== 0 && stderr.includes(text);

/** What the child does last, how that ends it, and the rows that are there afterwards. */
const ends = {
  'the natural end': ['end', { isEnded: (status) => status === 0 }],
  'process.exit()': ['exit', { isEnded: isExit }],
  'an uncaught error': ['throw', { isEnded: isFailure('thrown on purpose') }],
  'an unhandled rejection': ['reject', { isEnded: isFailure('rejected on purpose') }],
  'process.exit() in a transaction': ['transaction', { isEnded: isExit }],
  'process.exit() in a loop over RETURNING': ['iterating', { isEnded: isExit }],
  'the natural end in a scan of a virtual table': ['end scanning', { isEnded: (status) => status === 0 }],
  'process.exit() in a scan of a virtual table': ['exit scanning', { isEnded: isExit }],
  'an uncaught error in a scan of a virtual table': [
    'throw scanning',
    { isEnded: isFailure('thrown on purpose') },
  ],
  'exit listeners that write': ['listeners', { isEnded: isExit, rows: ['kept', 'before', 'after'] }],
};

const exitChecks = {
  ...Object.fromEntries(
    ['new Database()', 'getSqlite()'].flatMap((open) =>
      Object.entries(ends).map(([name, [how, expected]]) => [
        `${name} with an open ${open} leaves no write-ahead log`,
        leavesNothing(open, how, expected),
      ]),
    ),
  ),

  // The statement that called the function is still executing: its connection cannot be closed.
  'process.exit() inside a user function ends the process and keeps the rows': (fixture) => {
    const file = newPath(fixture);
    assert.strictEqual(runChild(fixture, file, 'new Database()', 'function').status, 3);
    const Database = load(fixture);
    const db = new Database(file);
    assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['kept']);
    assert.strictEqual(db.pragma('integrity_check', { simple: true }), 'ok');
    db.close();
    assert.deepStrictEqual(logsOf(file), []);
  },
  'process.exit() while a worker is inside of a query ends the process': endsWithBusyWorker('worker'),
  'worker.terminate() inside of a query returns': endsWithBusyWorker('terminate'),

  'the end of a worker with an open getSqlite() leaves no write-ahead log': async (fixture) => {
    needsClient(fixture);
    const file = newPath(fixture);
    const { message, ended } = start('client', fixture, file);
    assert.strictEqual(await message, 'written');
    await ended;
    assertNothingLeft(file, fixture);
  },
};

module.exports = { exitChecks };
