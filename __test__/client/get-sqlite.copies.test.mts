import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import Ferrolite, * as client from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { inChild, projectRoot } from '../helpers/in-child.mts';
import { evaluateAgain, otherCopy } from '../helpers/copies.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { nextEvent } from '../helpers/wait.mts';

type Client = typeof client;

const require = createRequire(import.meta.url);

afterEach(() => client.closeDatabase());

describe('one connection per file', () => {
  it('is shared by import and require', () => {
    const path = tempDb();
    expect((require('ferrolite') as Client).getDb(path)).toBe(client.getDb(path));
  });

  it('is shared with a module that was evaluated again', () => {
    const path = tempDb();
    const database = client.getDb(path);
    const reloaded = evaluateAgain() as Client;
    expect(reloaded.getDb).not.toBe(client.getDb);
    expect(reloaded.getDb(path)).toBe(database);
    expect(() => reloaded.getDb(path, { profile: 'durable' })).toThrow(
      expect.objectContaining({ code: 'FERROLITE_OPTIONS_CONFLICT' }) as Error,
    );
    reloaded.closeDatabase();
    expect(database.open).toBe(false);
  });

  it('is shared with another copy of the package, which closes it as well', () => {
    const path = tempDb();
    const copy = otherCopy();
    const database = copy.getDb(path);
    database.exec('CREATE TABLE t (x)');
    expect(client.getDb(path)).toBe(database);
    expect(database).not.toBeInstanceOf(Ferrolite);
    client.closeDatabase(path);
    expect(database.open).toBe(false);
    expect(readdirSync(join(path, '..'))).toEqual(['test.db']);
  });

  it('keeps its locks when another copy truncates the log', async () => {
    const path = tempDb();
    const copy = otherCopy();
    client.getDb(path).exec('CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    expect(await copy.truncateWal({ path, busyTimeoutMs: 0 })).toMatchObject({
      busy: true,
      truncated: false,
    });
    const elsewhere = inChild(
      (file: string) => {
        const { getDb } = require('ferrolite') as typeof import('ferrolite');
        try {
          return getDb(file, { busyTimeoutMs: 0 }).exec('BEGIN IMMEDIATE').inTransaction;
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
      [path],
    );
    expect(elsewhere).toBe('SQLITE_BUSY');
    client.getDb(path).exec('COMMIT');
    expect(await copy.truncateWal({ path })).toMatchObject({ busy: false, truncated: true });
  });

  it('listens to the exit of the process once, however many copies there are', () => {
    client.getDb(tempDb());
    const listeners = process.listenerCount('exit');
    (evaluateAgain() as Client).getDb(tempDb());
    client.getDb(tempDb());
    expect(process.listenerCount('exit')).toBe(listeners);
  });
});

describe('a connection of its own', () => {
  it('has each thread', async () => {
    const path = tempDb();
    client.getDb(path).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const { getDb } = require(workerData.entry);
       const database = getDb(workerData.path, { profile: 'durable' });
       database.exec('INSERT INTO t VALUES (2)');
       parentPort.postMessage([getDb(workerData.path) === database, database.pragma('synchronous', { simple: true })]);`,
      { eval: true, workerData: { entry: join(projectRoot, 'index.js'), path } },
    );
    expect(await nextEvent(worker, 'message')).toEqual([true, 2]);
    await nextEvent(worker, 'exit');
    expect(client.getDb(path).prepare('SELECT x FROM t').pluck().all()).toEqual([1, 2]);
    expect(client.getDb(path).pragma('synchronous', { simple: true })).toBe(1);
  });

  it('has each realm', () => {
    const path = tempDb();
    const registryOf = (realm: object): unknown => Reflect.get(realm, Symbol.for('ferrolite.connections'));
    const database = client.getDb(path);
    expect(registryOf(globalThis)).toBeDefined();
    expect(registryOf(runInNewContext('globalThis') as object)).toBeUndefined();
    expect(database).toBeInstanceOf(Ferrolite);
  });
});
