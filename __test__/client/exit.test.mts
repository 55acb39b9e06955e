import { readFileSync } from 'node:fs';
import { closeDatabase, getDb } from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tryInChild, type ChildResult } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { filesBeside } from './support.mts';

/** Rows that are in the file once nobody has it open. */
function rowsOf(path: string): unknown[] {
  try {
    return getDb(path).prepare('SELECT x FROM t ORDER BY x').pluck().all();
  } finally {
    closeDatabase(path);
  }
}

/** In a child: opens, writes, and leaves by `exit`, the body of a function that gets the database. */
function leaveBy(path: string, exit: string): ChildResult<unknown> {
  return tryInChild(
    (file: string, body: string) => {
      const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
      const database = open(file).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
      return new Function('database', 'getDb', 'path', 'require', body)(
        database,
        open,
        file,
        require,
      ) as unknown;
    },
    [path, exit],
  );
}

describe('no log stays behind', () => {
  it.each([
    ['the natural end', '', 0],
    ['process.exit()', 'process.exit(3)', 3],
    ['process.exitCode', 'process.exitCode = 4', 4],
    ['an uncaught error', 'setImmediate(() => { throw new Error("uncaught"); })', 1],
    [
      'an unhandled rejection',
      'void Promise.reject(new Error("unhandled")); return new Promise(() => {})',
      1,
    ],
    ['process.exit() in a transaction function', 'database.transaction(() => process.exit(5))()', 5],
    [
      'process.exit() in an open transaction',
      'database.exec("BEGIN; INSERT INTO t VALUES (2)"); process.exit(6)',
      6,
    ],
    [
      'process.exit() while rows are read',
      'for (const row of database.prepare("SELECT x FROM t").iterate()) process.exit(7)',
      7,
    ],
    ['process.exit() after close()', 'database.close(); process.exit(8)', 8],
    [
      'process.exit() with a read-only connection',
      'database.close(); getDb(path, { readonly: true }); process.exit(9)',
      9,
    ],
  ])('after %s', (_, exit, code) => {
    const path = tempDb();
    const result = leaveBy(path, exit);
    expect([result.code, result.signal]).toEqual([code, null]);
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1]);
  });

  it('and the error that ended the process is what is printed', () => {
    const result = leaveBy(tempDb(), 'setImmediate(() => { throw new RangeError("the cause"); })');
    expect(result.stderr).toContain('RangeError: the cause');
    expect(result.stderr).not.toContain('ferrolite:');
  });
});

describe('an exit listener of the application', () => {
  it.each([
    ['process.exit()', 'process.exit(3)', 3],
    ['an uncaught error', 'setImmediate(() => { throw new Error("uncaught"); })', 1],
    ['the natural end', 'process.exitCode = 5', 5],
  ])('uses the connection that is open (%s)', (_, exit, code) => {
    const path = tempDb();
    const result = leaveBy(
      path,
      `process.on('exit', () => { if (getDb(path) !== database) throw new Error('another one'); database.exec('INSERT INTO t VALUES (2)'); });
       ${exit}`,
    );
    expect([result.code, result.signal]).toEqual([code, null]);
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1, 2]);
  });

  it('may open a database, which leaves no log either', () => {
    const [path, other] = [tempDb(), tempDb()];
    const result = leaveBy(
      path,
      `process.on('exit', () => getDb(${JSON.stringify(other)}).exec('CREATE TABLE t (x); INSERT INTO t VALUES (2)'));
       process.exit(3)`,
    );
    expect([result.code, result.stderr]).toEqual([3, '']);
    expect(filesBeside(other)).toEqual(['test.db']);
    expect(rowsOf(other)).toEqual([2]);
    // The bytes 18 and 19 are 2 in WAL mode.
    expect([...readFileSync(other).subarray(18, 20)]).toEqual([2, 2]);
  });
});

describe('a worker', () => {
  it.each([
    ['that ends', ''],
    ['that calls process.exit()', 'process.exit(3)'],
    ['that throws', 'setImmediate(() => { throw new Error("uncaught"); })'],
    ['that ends while rows are read', 'database.prepare("SELECT x FROM t").iterate().next()'],
    ['that is terminated', 'setInterval(() => {}, 1000); parentPort.postMessage("terminate")'],
    [
      'that is terminated in a transaction',
      'database.exec("BEGIN; INSERT INTO t VALUES (2)"); setInterval(() => {}, 1000); parentPort.postMessage("terminate")',
    ],
  ])('%s leaves no log behind', (_, end) => {
    const path = tempDb();
    const seen = tryInChild(
      async (file: string, body: string) => {
        const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
        const { readdirSync } = require('node:fs') as typeof import('node:fs');
        const { dirname } = require('node:path') as typeof import('node:path');
        const code = `const { parentPort, workerData } = require('node:worker_threads');
          const { getDb } = require('ferrolite');
          const database = getDb(workerData).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
          ${body}`;
        const worker = new Worker(code, { eval: true, workerData: file });
        worker.on('message', () => void worker.terminate());
        worker.on('error', () => {});
        await new Promise((resolve) => worker.once('exit', resolve));
        return readdirSync(dirname(file));
      },
      [path, end],
    );
    expect(seen).toMatchObject({ value: ['test.db'], code: 0 });
    expect(rowsOf(path)).toEqual([1]);
  });

  it('and the main thread that end together leave no log behind', () => {
    const path = tempDb();
    const result = tryInChild(
      async (file: string) => {
        const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        open(file).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        const code = `const { parentPort, workerData } = require('node:worker_threads');
          require('ferrolite').getDb(workerData).prepare('SELECT x FROM t').all();
          setInterval(() => {}, 1000);
          parentPort.postMessage('open');`;
        const workers = Array.from({ length: 4 }, () => new Worker(code, { eval: true, workerData: file }));
        await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
        process.exit(3);
      },
      [path],
    );
    expect(result.code).toBe(3);
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1]);
  });
});

describe('processes that end together', () => {
  it('leave no log behind', () => {
    const path = tempDb();
    const result = tryInChild(
      async (file: string) => {
        const { spawn } = require('node:child_process') as typeof import('node:child_process');
        const code = `require('ferrolite').getDb(${JSON.stringify(file)}).exec('CREATE TABLE IF NOT EXISTS t (x)');
          console.log('open'); process.stdin.once('data', () => process.exit(0));`;
        const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['-e', code]));
        await Promise.all(
          children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))),
        );
        const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
        for (const child of children) child.stdin.write('end\n');
        return await Promise.all(ends);
      },
      [path],
    );
    expect(result.value).toEqual([0, 0, 0, 0]);
    expect(filesBeside(path)).toEqual(['test.db']);
  });
});
