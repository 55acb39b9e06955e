// Checkpoints, statistics and locks where the package is loaded several times: as other evaluations, and as another library.
import * as client from 'ferrolite';
import * as operations from 'ferrolite/ops';
import { afterEach, describe, expect, it } from 'vitest';
import { evaluateAgain, otherCopy } from '../helpers/copies.mts';
import { tempDb } from '../helpers/temp-db.mts';

type Operations = typeof operations;

afterEach(() => client.closeDatabase());

describe('a connection of another evaluation of the package', () => {
  it('is checkpointed and looked at', async () => {
    const db = client.getDb(tempDb()).exec('CREATE TABLE t (x)');
    const again = evaluateAgain('ops') as Operations;
    expect(again.databaseStats).not.toBe(operations.databaseStats);
    expect(await again.checkpoint(db)).toMatchObject({ busy: false });
    const { connection } = await again.databaseStats(db);
    expect(connection).toEqual((await operations.databaseStats(db)).connection);
    const checkpointer = again.startCheckpointer(db);
    await checkpointer.stop();
  });

  it('is told with its locks, by that connection and by its path', async () => {
    const db = client.getDb(tempDb()).exec('CREATE TABLE t (x); BEGIN IMMEDIATE');
    const again = evaluateAgain('ops') as Operations;
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
    // What `require()` gives is the class itself.
    const Other = otherCopy() as unknown as typeof client.default;
    const other = new Other(db.name);
    other.prepare('SELECT * FROM t').all();
    const { status, descriptors } = operations.lockCheck(db);
    expect([status, new Set(descriptors.map(({ kind }) => kind))]).toEqual(['degraded', new Set(['sqlite'])]);
    other.close();
    expect(operations.lockCheck(db)).toMatchObject({ status: 'unhealthy', lost: ['SHARED', 'DMS'] });
  });
});
