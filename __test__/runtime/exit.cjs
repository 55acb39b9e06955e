// What a process leaves on disk when it ends without closing: children of this runtime.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');
const { Skipped } = require('./run-checks.cjs');
const { start } = require('./threads.cjs');

/** Runs exit-child.cjs on the runtime that runs us. */
function runChild(fixture, file, how) {
  const before = process.versions.deno
    ? ['run', '--allow-all', '--node-modules-dir=manual', '--no-config']
    : [];
  const args = [...before, path.join(__dirname, 'exit-child.cjs'), fixture.driver, fixture.folder, file, how];
  const { status, signal, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  assert.strictEqual(signal, null, stderr);
  return { status, stderr };
}

function assertNothingLeft(file, fixture) {
  assert.ok(fs.existsSync(file), 'the child wrote its database');
  assert.deepStrictEqual(
    [`${file}-wal`, `${file}-shm`].filter((name) => fs.existsSync(name)),
    [],
  );
  const Database = load(fixture);
  const db = new Database(file, { readonly: true });
  assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['kept']);
  db.close();
}

function needsClient(fixture) {
  if (typeof load(fixture).getSqlite !== 'function') throw new Skipped('the driver has no getSqlite');
}

const exitChecks = {
  'process.exit() with an open getSqlite() leaves no write-ahead log': (fixture) => {
    needsClient(fixture);
    const file = newPath(fixture);
    assert.strictEqual(runChild(fixture, file, 'exit').status, 3);
    assertNothingLeft(file, fixture);
  },

  'the natural end with an open getSqlite() leaves no write-ahead log': (fixture) => {
    needsClient(fixture);
    const file = newPath(fixture);
    assert.strictEqual(runChild(fixture, file, 'end').status, 0);
    assertNothingLeft(file, fixture);
  },

  'an uncaught error with an open getSqlite() leaves no write-ahead log': (fixture) => {
    needsClient(fixture);
    const file = newPath(fixture);
    const { status, stderr } = runChild(fixture, file, 'throw');
    assert.notStrictEqual(status, 0);
    assert.match(stderr, /thrown on purpose/);
    assertNothingLeft(file, fixture);
  },

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
