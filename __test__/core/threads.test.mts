import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { describeDrivers, ferrolite } from '../helpers/drivers.mts';
import { nextEvent } from '../helpers/wait.mts';

/** Runs `body`, a function body with `Database`, `port` and `data`, in a worker of its own. */
function worker(body: string, data: unknown, driver = 'ferrolite'): Worker {
  return new Worker(
    `const { parentPort: port, workerData: { driver, data } } = require('node:worker_threads');
     const Database = require(driver); ${body}`,
    { eval: true, workerData: { driver, data } },
  );
}

describeDrivers('in a worker', (driver) => {
  it('a database of another thread can be written and read', async () => {
    const db = driver.onDisk('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const thread = worker(
      "const db = new Database(data); db.exec('INSERT INTO t VALUES (2)'); port.postMessage(db.prepare('SELECT a FROM t').pluck().all());",
      db.name,
      driver.name,
    );
    const ended = nextEvent(thread, 'exit');
    expect(await nextEvent(thread, 'message')).toEqual([1, 2]);
    expect(await ended).toBe(0);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1, 2]);
  });

  it('the end of the thread closes its databases: the WAL is gone', async () => {
    const path = driver.path();
    const thread = worker(
      "const db = new Database(data); db.pragma('journal_mode = WAL'); db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)'); port.postMessage('written');",
      path,
      driver.name,
    );
    const ended = nextEvent(thread, 'exit');
    expect(await nextEvent(thread, 'message')).toBe('written');
    await ended;
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it('terminate() closes its databases too', async () => {
    const path = driver.path();
    const thread = worker(
      `const db = new Database(data); db.pragma('journal_mode = WAL'); db.exec('CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)');
       db.prepare('SELECT 1 UNION SELECT 2').iterate().next(); port.on('message', () => 0); port.postMessage('open');`,
      path,
      driver.name,
    );
    expect(await nextEvent(thread, 'message')).toBe('open');
    expect(existsSync(`${path}-wal`)).toBe(true);
    await thread.terminate();
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
    expect(new driver.Database(path).prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });

  it('an uncaught error ends the thread only', async () => {
    const thread = worker("new Database(':memory:').prepare('nonsense');", undefined, driver.name);
    const error = await new Promise((resolve) => thread.once('error', resolve));
    expect(error).toMatchObject({ message: 'near "nonsense": syntax error', code: 'SQLITE_ERROR' });
    expect(driver.memory().prepare('SELECT 1').pluck().get()).toBe(1);
  });
});

describe('eight threads at once', () => {
  it('each read what they bind, with shapes of their own', async () => {
    const body = `
      const db = new Database(':memory:').exec('CREATE TABLE t (a, b, c)');
      const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
      const fill = db.transaction(() => { for (let i = 0; i < 3000; i += 1) insert.run(i, 'é' + data + i, Buffer.from([data])); });
      fill();
      let wrong = 0;
      const rows = db.prepare('SELECT a AS "a' + data + '", b, c FROM t');
      for (let turn = 0; turn < 5; turn += 1) {
        rows.all().forEach((row, i) => { if (row['a' + data] !== i || row.b !== 'é' + data + i || row.c[0] !== data) wrong += 1; });
        let i = 0;
        for (const row of rows.iterate()) { if (row['a' + data] !== i) wrong += 1; i += 1; }
      }
      port.postMessage(wrong);`;
    const threads = Array.from({ length: 8 }, (_, index) => worker(body, index));
    const ended = threads.map((thread) => nextEvent(thread, 'exit'));
    expect(await Promise.all(threads.map((thread) => nextEvent(thread, 'message')))).toEqual(
      threads.map(() => 0),
    );
    expect(await Promise.all(ended)).toEqual(threads.map(() => 0));
  }, 60_000);

  it('count up one file without losing a step', async () => {
    const db = ferrolite.onDisk('CREATE TABLE t (n); INSERT INTO t VALUES (0)');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = OFF');
    const body = `
      const db = new Database(data, { timeout: 60000 });
      db.pragma('synchronous = OFF');
      const step = db.transaction(() => {
        const n = db.prepare('SELECT n FROM t').pluck().get();
        db.prepare('UPDATE t SET n = ?').run(BigInt(n) + 1n);
      });
      for (let turn = 0; turn < 50; turn += 1) step.immediate();
      port.postMessage('done');`;
    const threads = Array.from({ length: 8 }, () => worker(body, db.name));
    const ended = threads.map((thread) => nextEvent(thread, 'exit'));
    await Promise.all(threads.map((thread) => nextEvent(thread, 'message')));
    await Promise.all(ended);
    expect(db.prepare('SELECT n FROM t').pluck().get()).toBe(400);
  }, 120_000);

  it('start and end a hundred times', async () => {
    for (let turn = 0; turn < 25; turn += 1) {
      const threads = Array.from({ length: 4 }, () =>
        worker("new Database(':memory:').prepare('SELECT 1').all();", undefined),
      );
      expect(await Promise.all(threads.map((thread) => nextEvent(thread, 'exit')))).toEqual([0, 0, 0, 0]);
    }
  }, 120_000);
});
