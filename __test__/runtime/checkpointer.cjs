// Checkpoints and checkpointers on whatever runtime runs this file, and how they end.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');
const { start } = require('./threads.cjs');

const logsOf = (file) => [`${file}-wal`, `${file}-shm`].filter((name) => fs.existsSync(name));

/** A connection that leaves checkpoints to others. */
function open(fixture) {
  const { getDb } = load(fixture);
  const db = getDb(newPath(fixture), { pragmas: { wal_autocheckpoint: 0 } });
  return db.exec('CREATE TABLE t (x)');
}

function fill(db) {
  const insert = db.prepare('INSERT INTO t VALUES (zeroblob(4000))');
  for (let row = 0; row < 10; row++) insert.run();
}

/** Runs checkpointer-child.cjs on the runtime that runs us. */
function runChild({ folder }, file, how) {
  const before = process.versions.deno
    ? ['run', '--allow-all', '--node-modules-dir=manual', '--no-config']
    : [];
  const args = [...before, path.join(__dirname, 'checkpointer-child.cjs'), folder, file, how];
  const { status, signal, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  assert.strictEqual(signal, null, stderr);
  return status;
}

/** What `promise` gives; a checkpointer alone would let the process end before. */
async function awaited(promise) {
  const alive = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(alive);
  }
}

const checkpointerChecks = {
  'checkpoint() copies the log in every mode': async (fixture) => {
    const { checkpoint } = load(fixture, '/ops');
    const db = open(fixture);
    fill(db);
    const { busy, walFrames, checkpointedFrames } = await checkpoint(db);
    assert.strictEqual(busy, false);
    assert.ok(walFrames > 0 && walFrames === checkpointedFrames);
    for (const mode of ['full', 'restart', 'truncate']) await checkpoint(db, mode);
    assert.strictEqual(fs.statSync(`${db.name}-wal`).size, 0);
    await assert.rejects(checkpoint(`${db.name}.none`), { code: 'SQLITE_CANTOPEN' });
    db.close();
  },

  'databaseStats() agrees with SQLite': async (fixture) => {
    const { databaseStats } = load(fixture, '/ops');
    const db = open(fixture);
    fill(db);
    const { pages, freePages, wal, connections, connection, objects } = await databaseStats(db, {
      objects: 1,
    });
    assert.strictEqual(pages, db.pragma('page_count', { simple: true }));
    assert.deepStrictEqual([freePages, connections, objects[0].name], [0, 1, 't']);
    assert.ok(wal.frames > 0 && connection.cacheWrites > 0);
    db.close();
  },

  'a checkpointer works while JavaScript is busy, and closes the file when it is stopped': async (
    fixture,
  ) => {
    const { startCheckpointer } = load(fixture, '/ops');
    const db = open(fixture);
    const checkpointer = startCheckpointer(db, { passivePages: 5, pollIntervalMs: 1 });
    while (checkpointer.stats().passive === 0) fill(db);
    await checkpointer.stop();
    assert.ok(checkpointer.stats().passive > 0);
    load(fixture).closeDatabase();
    assert.deepStrictEqual(logsOf(db.name), []);
  },

  'a checkpointer tells of its checkpoints, and of an iterator that holds the log': async (fixture) => {
    const { startCheckpointer } = load(fixture, '/ops');
    const db = open(fixture);
    fill(db);
    const reader = new (load(fixture))(db.name);
    const rows = reader.prepare('SELECT rowid FROM t').iterate();
    rows.next();
    const options = { passivePages: 1, maxSnapshotMs: 1, pollIntervalMs: 1 };
    const checkpointer = startCheckpointer(db, options);
    const held = new Promise((resolve) => checkpointer.once('warning', resolve));
    fill(db);
    const { code, holders } = await awaited(held);
    assert.strictEqual(code, 'FERROLITE_WAL_HELD');
    if (process.platform !== 'win32') {
      assert.deepStrictEqual(holders[0].statements, ['SELECT rowid FROM t']);
      assert.strictEqual(holders[0].pid, process.pid);
    }
    const copied = new Promise((resolve) => {
      checkpointer.on('checkpoint', (one) => one.walFrames === one.checkpointedFrames && resolve());
    });
    rows.return();
    await awaited(copied);
    await checkpointer.stop();
    reader.close();
    db.close();
  },

  ...Object.fromEntries(
    Object.entries({ end: 0, exit: 3, throw: 1 }).map(([how, code]) => [
      `a checkpointer keeps neither a process nor a log alive: ${how}`,
      (fixture) => {
        const file = newPath(fixture);
        assert.strictEqual(runChild(fixture, file, how), code);
        assert.deepStrictEqual(logsOf(file), []);
      },
    ]),
  ),

  'worker.terminate() ends its checkpointer': async (fixture) => {
    for (let round = 0; round < 5; round++) {
      const file = newPath(fixture);
      const { worker, message } = start('checkpointer', fixture, file);
      assert.strictEqual(await message, 'started');
      await worker.terminate();
      // Deno says that a worker has ended while its thread still cleans up.
      while (process.versions.deno && logsOf(file).length > 0) await new Promise(setImmediate);
      assert.deepStrictEqual(logsOf(file), []);
    }
  },
};

module.exports = { checkpointerChecks };
