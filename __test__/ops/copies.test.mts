// Checkpoints, statistics and locks where the package is loaded several times: as other evaluations, and as another library.
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as client from 'ferrolite';
import * as operations from 'ferrolite/ops';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

type Client = typeof client;
type Operations = typeof operations;

const require = createRequire(import.meta.url);

afterEach(() => client.closeDatabase());

/** Another installed copy of the package, with an addon and so a SQLite library of its own. */
function otherCopy(): Client {
  const copy = tempDir('copy');
  for (const part of ['index.js', 'package.json', 'dist', 'native']) {
    cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
  }
  return require(join(copy, 'index.js')) as Client;
}

/** Evaluates the entry again, as a bundler's hot reload does. */
function evaluateAgain(): Operations {
  const entry = join(projectRoot, 'dist', 'ops', 'index.js');
  const folder = join(projectRoot, 'dist');
  const ours = Object.keys(require.cache).filter((name) => name.startsWith(folder));
  const kept = ours.map((name) => [name, require.cache[name]] as const);
  for (const name of ours) delete require.cache[name];
  try {
    return require(entry) as Operations;
  } finally {
    for (const [name, module] of kept) require.cache[name] = module;
  }
}

describe('a connection of another evaluation of the package', () => {
  it('is checkpointed and looked at', async () => {
    const db = client.getDb(tempDb()).exec('CREATE TABLE t (x)');
    const again = evaluateAgain();
    expect(again.databaseStats).not.toBe(operations.databaseStats);
    expect(await again.checkpoint(db)).toMatchObject({ busy: false });
    const { connection } = await again.databaseStats(db);
    expect(connection).toEqual((await operations.databaseStats(db)).connection);
    const checkpointer = again.startCheckpointer(db);
    await checkpointer.stop();
  });

  it('is told with its locks, by that connection and by its path', async () => {
    const db = client.getDb(tempDb()).exec('CREATE TABLE t (x); BEGIN IMMEDIATE');
    const again = evaluateAgain();
    for (const subject of [db, db.name]) {
      const { own } = await again.diagnoseBusy(subject);
      expect(own).toMatchObject({ connections: 1, ofThread: [{ name: db.name, inTransaction: true }] });
      expect(own.ofThread[0]!.locks.map(({ name }) => name)).toContain('WRITE');
    }
    expect(again.lockCheck(db)).toMatchObject({ status: 'ok' });
    db.exec('ROLLBACK');
  });
});

describe('a connection of another copy of the package', () => {
  it('is refused, and so is its path, but for a checkpoint, which that copy makes', async () => {
    const path = tempDb();
    const db = otherCopy().getDb(path);
    db.exec('CREATE TABLE t (x)');
    const text = 'Expected first argument to be a connection of this copy of ferrolite';
    for (const subject of [db, path]) {
      expect(() => operations.startCheckpointer(subject)).toThrow(new TypeError(text));
      await expect(operations.databaseStats(subject)).rejects.toThrow(new TypeError(text));
    }
    await expect(operations.checkpoint(db)).rejects.toThrow(new TypeError(text));
    expect(await operations.checkpoint(path, 'truncate')).toMatchObject({ truncated: true });
  });

  it('endangers the locks of this one, and loses them', () => {
    const db = client.getDb(tempDb()).exec('CREATE TABLE t (x)');
    const other = new (otherCopy())(db.name);
    other.prepare('SELECT * FROM t').all();
    const { status, descriptors } = operations.lockCheck(db);
    expect([status, new Set(descriptors.map(({ kind }) => kind))]).toEqual(['degraded', new Set(['sqlite'])]);
    other.close();
    expect(operations.lockCheck(db)).toMatchObject({ status: 'unhealthy', lost: ['SHARED', 'DMS'] });
  });
});
