// diagnoseBusy(): who has locks, in this process, its threads and others.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { spawnSync } from 'node:child_process';
import Database from 'ferrolite';
import { diagnoseBusy, type BusyDiagnosis, type OtherProcess } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { betterSqlite3 } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { nextEvent } from '../helpers/wait.mts';

function openWal(path = tempDb()): Database.Database {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3)');
  return db;
}

function rollback(): string {
  const path = tempDb();
  new Database(path).exec('CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)').close();
  return path;
}

const names = ({ locks }: Pick<OtherProcess, 'locks'>): string[] =>
  locks.map(({ name, mode }) => (mode === 'exclusive' ? `${name}!` : name)).toSorted();

const blocking = ({ blockers }: BusyDiagnosis): string[] =>
  blockers.map(
    ({ lock, isThisProcess, effect }) => `${lock.name} ${isThisProcess ? 'own' : 'other'}: ${effect}`,
  );

const loose = diagnoseBusy as (...args: unknown[]) => Promise<unknown>;

describe('connections of this thread', () => {
  it('are told with what they hold', async () => {
    const db = openWal();
    const rows = db.prepare('SELECT v FROM t').iterate();
    rows.next();
    const reader = await diagnoseBusy(db);
    expect(reader).toMatchObject({ path: db.name, hasLog: true, others: [], guard: { status: 'ok' } });
    expect(reader.own).toMatchObject({
      pid: process.pid,
      connections: 1,
      level: 'SHARED',
      writeHeldMs: undefined,
    });
    expect(reader.own.ofThread).toMatchObject([
      { name: db.name, level: 'SHARED', inTransaction: false, statements: ['SELECT v FROM t'] },
    ]);
    expect(blocking(reader)).toEqual([expect.stringMatching(/^READ\d own: a checkpoint cannot/)]);
    rows.return?.();
    db.exec('BEGIN IMMEDIATE');
    const writer = await diagnoseBusy(db.name);
    expect(writer.own.writeHeldMs).toBeGreaterThanOrEqual(0);
    expect(writer.own.ofThread).toMatchObject([{ inTransaction: true, statements: [] }]);
    expect(names(writer.own.ofThread[0]!)).toContain('WRITE!');
    expect(blocking(writer)).toContain('WRITE own: other writers wait');
    expect(writer.text).toMatch(/^ {2}WRITE \(exclusive\): this process for \d+ ms; other writers wait$/m);
    expect(String(writer)).toBe(writer.text);
    db.close();
  });

  it.each([
    ['BEGIN; SELECT * FROM t', 'SHARED', ['SHARED own: a writer waits to commit']],
    [
      'BEGIN IMMEDIATE',
      'RESERVED',
      ['SHARED own: a writer waits to commit', 'RESERVED own: other writers wait'],
    ],
    ['BEGIN EXCLUSIVE', 'EXCLUSIVE', ['SHARED own: everybody waits']],
  ])('have with a rollback journal after %s the level %s', async (sql, level, effects) => {
    const path = rollback();
    const db = new Database(path);
    db.exec(sql);
    if (sql.includes('SELECT')) db.prepare('SELECT * FROM t').all();
    const found = await diagnoseBusy(db);
    expect([found.hasLog, found.own.level]).toEqual([false, level]);
    expect(blocking(found).toSorted()).toEqual(effects.toSorted());
    db.close();
  });

  it('are found by a file that they have attached', async () => {
    const path = openWal().close().name;
    const db = new Database(tempDb());
    db.exec(`ATTACH '${path}' AS other; BEGIN; INSERT INTO other.t VALUES (4)`);
    const { own } = await diagnoseBusy(path);
    expect(own).toMatchObject({ connections: 1, ofThread: [{ name: db.name, inTransaction: true }] });
    expect(names(own.ofThread[0]!)).toContain('WRITE!');
    db.close();
  });

  it('have no stacks unless they are asked for', async () => {
    const db = openWal();
    db.exec('BEGIN');
    const { own } = await diagnoseBusy(db);
    expect(own.ofThread).toMatchObject([{ opened: undefined, transaction: undefined, iterators: [] }]);
    db.close();
  });

  it('have the stacks of their opening, transaction and iterators with FERROLITE_DEBUG=1', () => {
    const found = inChild(
      async (path: string) => {
        const Ours = require('ferrolite') as typeof Database;
        const ops = require('ferrolite/ops') as { diagnoseBusy: typeof diagnoseBusy };
        const open = function openedHere() {
          return new Ours(path);
        };
        const db = open();
        db.exec('CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)');
        db.transaction(function first() {})();
        const begin = function begunHere() {
          db.exec('BEGIN');
        };
        begin();
        db.exec('INSERT INTO t VALUES (3)');
        const statement = db.prepare('SELECT * FROM t');
        const iterate = function iteratedHere() {
          return statement.iterate();
        };
        const rows = iterate();
        rows.next();
        const during = await ops.diagnoseBusy(db);
        rows.return?.();
        db.exec('COMMIT');
        const after = await ops.diagnoseBusy(db);
        return [during.own.ofThread[0]!, after.own.ofThread[0]!, during.text] as const;
      },
      [tempDb()] as const,
      { env: { FERROLITE_DEBUG: '1' } },
    );
    const [during, after, text] = found;
    expect(during.opened?.stack).toMatch(/^\s+at openedHere /);
    expect(during.transaction?.stack).toMatch(/^\s+at begunHere /);
    expect(during.iterators.map(({ stack }) => stack)).toEqual([
      expect.stringMatching(/^\s+at iteratedHere /),
    ]);
    expect([after.transaction, after.iterators]).toEqual([undefined, []]);
    expect(text).toMatch(/its transaction began \d+ ms ago\n\s+at begunHere/);
  });
});

describe('pools of this thread', () => {
  it('are told with transactions, snapshots and streams', async () => {
    const path = openWal().close().name;
    await using pool = openPool(path);
    const stream = pool.iterate('SELECT v FROM t');
    await stream.next();
    const found = await pool.transaction(async function begun(tx) {
      await tx.run('INSERT INTO t VALUES (4)');
      return pool.read(async (snapshot) => {
        await snapshot.all('SELECT * FROM t');
        return diagnoseBusy(pool);
      });
    });
    await stream.return(undefined);
    const jobs = found.own.pools.flatMap((one) => one.jobs);
    expect(jobs.map(({ kind }) => kind).toSorted()).toEqual(['snapshot', 'stream', 'transaction']);
    expect(jobs.find(({ kind }) => kind === 'transaction')?.stack).toContain('diagnose-busy.test.mts');
    expect(jobs.find(({ kind }) => kind === 'stream')).toMatchObject({
      sql: 'SELECT v FROM t',
      stack: undefined,
    });
    expect(found.own.connections).toBeGreaterThanOrEqual(2);
    expect(found.own.ofThread).toEqual([]);
    expect(blocking(found)).toContain('WRITE own: other writers wait');
    expect((await diagnoseBusy(pool)).own.pools).toEqual([{ path, jobs: [] }]);
  });
});

describe('other threads', () => {
  it('are counted, and their locks told', async () => {
    const path = openWal().close().name;
    const script = `
      const { parentPort } = require('node:worker_threads');
      const db = new (require(${JSON.stringify(import.meta.resolve('ferrolite').replace('file://', ''))}))(${JSON.stringify(path)});
      db.exec('BEGIN IMMEDIATE');
      parentPort.postMessage('held');
      parentPort.once('message', () => { db.close(); parentPort.close(); });
    `;
    const worker = new Worker(script, { eval: true });
    await nextEvent(worker, 'message');
    const { own, text } = await diagnoseBusy(path);
    worker.postMessage('end');
    await nextEvent(worker, 'exit');
    expect(own).toMatchObject({ connections: 1, level: 'SHARED', ofThread: [], pools: [] });
    expect(names(own)).toContain('WRITE!');
    expect(text).toContain('1 connection, SHARED on the file');
  });
});

describe.each(['ferrolite', betterSqlite3.name])('another process with %s', (driver) => {
  it.each([
    ['BEGIN IMMEDIATE', ['WRITE other: other writers wait']],
    ['BEGIN; SELECT * FROM t', []],
  ])('is told in WAL mode after %s', async (sql, effects) => {
    const db = openWal();
    const other = await hold(driver, db.name, sql);
    const found = await diagnoseBusy(db);
    await other.release();
    expect(found.others).toMatchObject([{ command: expect.any(String) as string, waits: false }]);
    expect(found.others[0]!.pid).toBeGreaterThan(0);
    expect(found.others[0]!.commandLine).toMatch(/node.* -e const db = new/);
    expect(names(found.others[0]!)).toEqual(expect.arrayContaining(['DMS', 'SHARED']));
    expect(blocking(found).filter((line) => !line.startsWith('READ'))).toEqual(effects);
    db.close();
  });

  it.each([
    ['BEGIN IMMEDIATE', ['RESERVED!', 'SHARED'], 'RESERVED'],
    ['BEGIN EXCLUSIVE', ['PENDING!', 'RESERVED!', 'SHARED!'], 'EXCLUSIVE'],
  ])(
    'is told with a rollback journal after %s, whether the file is open here or not',
    async (sql, locks, level) => {
      const path = rollback();
      const other = await hold(driver, path, sql);
      const unopened = await diagnoseBusy(path);
      const db = new Database(path, { timeout: 0 });
      const opened = await diagnoseBusy(db);
      await other.release();
      db.close();
      expect([unopened, opened].map(({ others }) => others.map(names))).toEqual([[locks], [locks]]);
      expect(unopened.own.connections).toBe(0);
      expect(unopened.text).toContain('has no connection to it');
      expect(opened.text).toContain(`): ${level} on the file`);
    },
  );
});

describe('diagnoseBusy()', () => {
  it('tells of processes that have the file open without a lock', async () => {
    const path = rollback();
    const other = await hold('ferrolite', path, 'SELECT 1');
    const { others, text } = await diagnoseBusy(path);
    await other.release();
    expect(others).toMatchObject([{ locks: [] }]);
    expect(text).toContain('): open without a lock');
  });

  it('tells of a process whose number the system hides', async () => {
    const isRoot = process.getuid?.() === 0;
    const prefix = ['unshare', isRoot ? '-pf' : '-rpf', '--mount-proc'];
    // Where the system has no such namespaces, the numbers are those of this one.
    const canHide = spawnSync(prefix[0]!, [...prefix.slice(1), 'true']).status === 0;
    const path = rollback();
    const other = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    const found = inChild(
      async (name: string) => {
        const Ours = require('ferrolite') as typeof Database;
        const ops = require('ferrolite/ops') as { diagnoseBusy: typeof diagnoseBusy };
        const db = new Ours(name);
        const { others, text } = await ops.diagnoseBusy(db);
        db.close();
        return { others: JSON.parse(JSON.stringify(others)) as OtherProcess[], text };
      },
      [path] as const,
      canHide ? { prefix } : {},
    );
    await other.release();
    expect(found.others).toHaveLength(1);
    expect(found.others[0]!.pid === undefined).toBe(canHide);
    expect(names(found.others[0]!)).toEqual(['RESERVED!', 'SHARED']);
    if (canHide)
      expect(found.text).toContain('a hidden process, of another container or machine: RESERVED on the file');
  });

  it('tells of lost locks and of what endangers them', async () => {
    const db = openWal();
    const fd = openSync(db.name, 'r');
    const endangered = await diagnoseBusy(db);
    closeSync(fd);
    const lost = await diagnoseBusy(db);
    expect(endangered.text).toContain(
      `Danger: other code of this process has the file open (descriptor ${fd}): closing it loses the locks of this process`,
    );
    expect(lost.text).toContain('DANGER: this process has lost its locks (SHARED)');
    db.close();
  });

  it('changes and loses no lock itself', async () => {
    const db = openWal();
    db.exec('BEGIN IMMEDIATE');
    const table = () =>
      readFileSync('/proc/locks', 'utf8')
        .split('\n')
        .filter((line) => line.includes(` ${process.pid} `))
        .map((line) => line.replace(/^\d+/, ''))
        .toSorted();
    const before = table();
    await diagnoseBusy(db);
    expect(table()).toEqual(before);
    expect(before.length).toBeGreaterThan(1);
    db.close();
  });

  it('answers at once while another process has the file to itself', async () => {
    const path = rollback();
    const db = new Database(path, { timeout: 60_000 });
    const other = await hold('ferrolite', path, 'BEGIN EXCLUSIVE');
    const { blockers } = await diagnoseBusy(path);
    expect(blockers.map(({ effect }) => effect)).toContain('everybody waits');
    await other.release();
    db.close();
  });

  it.each([[undefined], [5], [{}], [':memory:'], [new Database(':memory:')]])(
    'refuses %s',
    async (subject) => {
      await expect(loose(subject)).rejects.toThrow(TypeError);
    },
  );
});
