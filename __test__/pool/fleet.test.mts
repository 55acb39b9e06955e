// Fleets: names, which databases are open, who waits, deleting, the end.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { openFleet, type Fleet, type FleetOptions } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { COUNT, rejection, until } from './support.mts';

function fleetIn(directory: string, options: FleetOptions = {}): Fleet {
  const fleet = openFleet(directory, options);
  onTestFinished(() => fleet.close({ drainMs: 0 }));
  return fleet;
}

const SCHEMA = 'CREATE TABLE IF NOT EXISTS t (v)';

/** Those with a log beside them: a database that is closed has none. */
function openIn(directory: string): string[] {
  const logs = readdirSync(directory).filter((name) => name.endsWith('.db-wal'));
  return logs.map((name) => name.slice(0, -'.db-wal'.length)).toSorted();
}

/** A transaction that lasts until `end()`, which has begun. */
async function held(fleet: Fleet, name: string): Promise<{ end(): Promise<void> }> {
  const end = new AbortController();
  const ended = new Promise<void>((resolve) => {
    end.signal.addEventListener('abort', () => resolve());
  });
  let done: Promise<void> | undefined;
  await new Promise<void>((begun) => {
    done = fleet.pool(name).transaction(() => {
      begun();
      return ended;
    });
  });
  return {
    async end() {
      end.abort();
      await done;
    },
  };
}

describe('the names of a fleet', () => {
  const loose = (name: unknown): unknown => openFleet('never').pool(name as string);
  const allowed = /^Expected the name of a database to consist of a-z, 0-9, "_", "-" and "\.", without/;

  it.each(['a', '0', '_x', 'acme', 'acme-2.eu', 'a..b', 'con1', 'console', 'x.con', 'a'.repeat(100)])(
    '%s is one',
    (name) => {
      expect(openFleet('never').pool(name).name).toBe(name);
    },
  );

  it.each([
    '..',
    '.',
    '../a',
    'a/b',
    String.raw`a\b`,
    '/etc/passwd',
    'C:a',
    '.hidden',
    'a.',
    '-rf',
    'a b',
    'a\n',
    'a\0',
    'Acme',
    'ä',
    'ﬁ',
    'a%2fb',
    'a?mode=ro',
    ':memory:',
    'a:stream',
    'progra~1',
  ])('%j is none', (name) => {
    expect(() => loose(name)).toThrow(allowed);
  });

  it.each(['con', 'nul', 'aux.txt', 'com1', 'lpt9.a.b', 'prn'])('%s is a device of Windows', (name) => {
    expect(() => loose(name)).toThrow('which is a device on Windows');
  });

  it.each([
    ['', '1 to 100 characters'],
    ['a'.repeat(101), '1 to 100 characters'],
    [5, 'Expected first argument to be a string'],
    [undefined, 'Expected first argument to be a string'],
  ])('%j is none of the right form', (name, message) => {
    expect(() => loose(name)).toThrow(message);
  });

  it('that are wrong reach no file, whichever method has them', async () => {
    const directory = tempDir();
    const outside = join(directory, 'outside.db');
    writeFileSync(outside, '');
    const fleet = fleetIn(join(directory, 'fleet'));
    for (const call of [() => fleet.delete('../outside'), () => fleet.exists('../outside')]) {
      expect((await rejection(call())).name).toBe('TypeError');
    }
    expect(existsSync(outside)).toBe(true);
  });
});

describe('openFleet()', () => {
  const loose = openFleet as (...args: unknown[]) => unknown;

  it.each([
    [[], 'Expected first argument to be a string'],
    [[' '], 'Expected the directory of a fleet to be a path'],
    [['a\0'], 'Expected the directory of a fleet to be a path'],
    [['x', 5], 'Expected the options to be an object'],
    [
      ['x', { path: 'a.db' }],
      /^Unknown option "path" \(the options are maxOpen, idleMs, openTimeoutMs, profile,/,
    ],
    [['x', { maxOpen: 0 }], 'Expected the "maxOpen" option to be between 1 and 10000'],
    [['x', { maxOpen: 1.5 }], 'Expected the "maxOpen" option to be an integer'],
    [['x', { idleMs: -1 }], 'Expected the "idleMs" option to be between 0 and 2147483647'],
    [['x', { openTimeoutMs: '1' }], 'Expected the "openTimeoutMs" option to be an integer'],
    [['x', { readers: 0 }], 'Expected the "readers" option to be between 1 and 64'],
    [['x', { durable: 1 }], 'Expected the "durable" option to be a boolean'],
  ])('%j is refused', (args, message) => {
    expect(() => loose(...args)).toThrow(message);
  });

  it('touches nothing until a call needs it', async () => {
    const directory = join(tempDir(), 'deep', 'fleet');
    const fleet = fleetIn(directory);
    const pool = fleet.pool('acme');
    expect([await fleet.list(), await fleet.exists('acme'), existsSync(directory)]).toEqual([
      [],
      false,
      false,
    ]);
    await pool.exec(SCHEMA);
    expect([await fleet.list(), await fleet.exists('acme')]).toEqual([['acme'], true]);
    expect(fleet.directory).toBe(directory);
  });

  it('lists its databases alone, sorted', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory);
    for (const name of ['b', 'a', 'c.d']) await fleet.pool(name).exec(SCHEMA);
    for (const name of ['notes.txt', 'Upper.db', '.db', 'con.db']) writeFileSync(join(directory, name), '');
    mkdirSync(join(directory, 'folder.db'));
    expect(await fleet.list()).toEqual(['a', 'b', 'c.d']);
  });

  it('keeps what each tenant writes apart, with the options of pools', async () => {
    const fleet = fleetIn(tempDir(), { pluck: true, pragmas: { cache_size: -77 } });
    for (const name of ['a', 'b']) {
      await fleet.pool(name).exec(SCHEMA);
      await fleet.pool(name).run('INSERT INTO t VALUES (?)', [name]);
    }
    expect(await fleet.pool('a').all('SELECT v FROM t')).toEqual(['a']);
    expect(await fleet.pool('b').get('SELECT v FROM t')).toBe('b');
    expect(await fleet.pool('b').get('PRAGMA cache_size')).toBe(-77);
    expect(
      (await rejection(fleetIn(tempDir(), { fileMustExist: true }).pool('a').all('SELECT 1'))).code,
    ).toBe('SQLITE_CANTOPEN');
  });

  it('opens one pool for calls that come at once', async () => {
    const fleet = fleetIn(tempDir());
    const calls = Array.from({ length: 20 }, () => fleet.pool('a').exec(SCHEMA));
    expect(fleet.stats()).toMatchObject({ open: 1, busy: 1, waiting: 0 });
    await Promise.all(calls);
    expect(fleet.stats()).toMatchObject({ open: 1, busy: 0, opened: 1, evicted: 0, expired: 0 });
  });
});

describe('the pool of a tenant', () => {
  it('has the calls of a pool', async () => {
    const pool = fleetIn(tempDir()).pool('a');
    await pool.exec(SCHEMA);
    expect(await pool.run('INSERT INTO t VALUES (1)')).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(await pool.batch(['INSERT INTO t VALUES (2)', 'SELECT v FROM t'])).toHaveLength(2);
    await pool.transaction((tx) => tx.run('INSERT INTO t VALUES (?)', [3]));
    expect(await pool.read((snapshot) => snapshot.all('SELECT v FROM t', [], { pluck: true }))).toEqual([
      1, 2, 3,
    ]);
    const seen: unknown[] = [];
    for await (const v of pool.iterate('SELECT v FROM t', [], { pluck: true })) seen.push(v);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('refuses wrong calls before it opens anything', async () => {
    const fleet = fleetIn(tempDir());
    const pool = fleet.pool('a') as any;
    for (const [promise, message] of [
      [pool.all(), 'Expected first argument to be a string'],
      [pool.run(5), 'Expected first argument to be a string'],
      [pool.exec(null), 'Expected first argument to be a string'],
      [pool.get('SELECT 1', [], { row: true }), expect.stringContaining('Unknown option "row"')],
      [pool.transaction(), 'Expected first argument to be a function'],
      [pool.read(5), 'Expected first argument to be a function'],
    ]) {
      expect(await rejection(promise as Promise<unknown>)).toMatchObject({ message });
    }
    expect(() => pool.iterate(5)).toThrow('Expected first argument to be a string');
    expect(() => new pool.constructor()).toThrow('The pools of a fleet can only be made by fleet.pool()');
    expect(() => new (fleet as any).constructor()).toThrow('Fleets can only be opened by openFleet()');
    expect(fleet.stats().opened).toBe(0);
  });

  it('is kept open by a loop until that is left', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 1 });
    let other: Promise<unknown> | undefined;
    for await (const row of fleet.pool('a').iterate(COUNT, [100_000])) {
      other ??= fleet.pool('b').get('SELECT 1 AS one');
      expect(fleet.stats()).toMatchObject({ busy: 1, waiting: 1 });
      if ((row as { x: number }).x === 3) break;
    }
    expect(await other).toEqual({ one: 1 });
  });
});

describe('when more databases are wanted than may be open', () => {
  it('the one that was used longest ago is closed', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { maxOpen: 2 });
    for (const name of ['a', 'b', 'a', 'c']) await fleet.pool(name).exec(SCHEMA);
    expect(openIn(directory)).toEqual(['a', 'c']);
    expect(fleet.stats()).toMatchObject({ open: 2, opened: 3, evicted: 1 });
  });

  it('one with calls under way is not closed: others wait for its end', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { maxOpen: 1, openTimeoutMs: Infinity });
    await fleet.pool('a').exec(SCHEMA);
    const { end } = await held(fleet, 'a');
    let isDone = false;
    const waiting = fleet
      .pool('b')
      .exec(SCHEMA)
      .then(() => (isDone = true));
    // Those that it makes meanwhile are served.
    for (let call = 0; call < 20; call += 1) await fleet.pool('a').all(COUNT, [50_000]);
    expect([isDone, fleet.stats()]).toMatchObject([false, { open: 1, waiting: 1 }]);
    await end();
    await waiting;
    expect(openIn(directory)).toEqual(['b']);
  });

  it('a call that waits for too long says what to do', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 1, openTimeoutMs: 5 });
    const { end } = await held(fleet, 'a');
    expect(await rejection(fleet.pool('b').get('SELECT 1'))).toEqual({
      name: 'FerroliteError',
      code: 'FERROLITE_FLEET_FULL',
      message:
        'Waited more than 5 ms for another database of the fleet to be closed (openTimeoutMs): 1 may be open at ' +
        'once (maxOpen), and all have calls under way. Raise maxOpen, or end transactions, snapshots and loops sooner',
    });
    await end();
    // Until the other one is closed, which may take longer than calls wait here.
    const attempt = () => fleet.pool('b').get('SELECT 1 AS one');
    let got: unknown;
    while (got === undefined) got = await attempt().catch(() => undefined);
    expect(got).toEqual({ one: 1 });
  });

  it('a call that waits can be given up, as every call', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 1, maxQueue: 2 });
    const { end } = await held(fleet, 'a');
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = rejection(fleet.pool('b').get('SELECT 1', [], { signal }));
    const late = rejection(fleet.pool('b').transaction(() => 1, { signal }));
    expect(await rejection(fleet.pool('c').get('SELECT 1'))).toMatchObject({
      code: 'FERROLITE_FLEET_FULL',
      message: expect.stringContaining(
        '2 calls wait for other databases of the fleet to be closed (maxQueue)',
      ),
    });
    controller.abort(new Error('enough'));
    expect(await aborted).toMatchObject({ message: 'enough' });
    expect(await late).toMatchObject({ message: 'enough' });
    expect(await rejection(fleet.pool('b').get('SELECT 1', [], { signal }))).toMatchObject({
      message: 'enough',
    });
    const timedOut = await rejection(fleet.pool('b').get('SELECT 1', [], { timeoutMs: 5 }));
    expect(timedOut.code).toBe('FERROLITE_TIMEOUT');
    expect(fleet.stats().waiting).toBe(0);
    await end();
  });

  it('databases that are always busy do not keep the others out', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 1, openTimeoutMs: Infinity });
    const end = new AbortController();
    // They take turns: there is always a call under way.
    const busy = async (): Promise<void> => {
      while (!end.signal.aborted) await fleet.pool('a').all(COUNT, [20_000]);
    };
    const loops = [busy(), busy(), busy()];
    await until(() => fleet.stats().busy === 1);
    await fleet.pool('b').exec(SCHEMA);
    end.abort();
    await Promise.all(loops);
    expect(fleet.stats().evicted).toBeGreaterThanOrEqual(1);
  });

  it('all calls of many tenants are served, in the order of each', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 3, pragmas: { synchronous: 'off' } });
    const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
    await Promise.all(names.map((name) => fleet.pool(name).exec(SCHEMA)));
    let most = 0;
    await Promise.all(
      names.flatMap((name) =>
        Array.from({ length: 20 }, async (_, index) => {
          await fleet.pool(name).run('INSERT INTO t VALUES (?)', [index]);
          most = Math.max(most, fleet.stats().open);
        }),
      ),
    );
    expect(most).toBe(3);
    for (const name of names) {
      const values = await fleet.pool(name).all('SELECT v FROM t ORDER BY rowid', [], { pluck: true });
      expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }
  });

  it('one that cannot be opened fails alone, and takes no place', async () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'folder.db'));
    const fleet = fleetIn(directory, { maxOpen: 1 });
    expect((await rejection(fleet.pool('folder').all('SELECT 1'))).code).toBe('SQLITE_CANTOPEN');
    expect(await fleet.pool('a').get('SELECT 1 AS one')).toEqual({ one: 1 });
    const blocked = fleetIn(join(directory, 'a.db', 'below'), { maxOpen: 1 });
    const { code } = await rejection(blocked.pool('a').all('SELECT 1'));
    expect([code, blocked.stats().open]).toEqual(['FERROLITE_CANNOT_CREATE_DIRECTORY', 0]);
  });
});

describe('a database that nobody uses', () => {
  it('is closed after a while, and opened by the next call', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { idleMs: 0 });
    await fleet.pool('a').exec(SCHEMA);
    await until(() => fleet.stats().open === 0);
    expect([openIn(directory), fleet.stats().expired]).toEqual([[], 1]);
    await fleet.pool('a').run('INSERT INTO t VALUES (1)');
    expect(fleet.stats().opened).toBe(2);
  });
});

describe.runIf(process.platform !== 'win32')('a file that is replaced', () => {
  const replace = (directory: string, value: string): void => {
    for (const end of ['', '-wal', '-shm']) rmSync(join(directory, `a.db${end}`), { force: true });
    const db = new Database(join(directory, 'a.db'));
    db.exec(`CREATE TABLE t (v); INSERT INTO t VALUES ('${value}')`).close();
  };

  it('is opened by the calls behind the one that has found it out', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { idleMs: Infinity });
    const pool = fleet.pool('a');
    await pool.exec(SCHEMA);
    replace(directory, 'new');
    const lost = { code: 'FERROLITE_FILE_REPLACED' };
    expect(await rejection(pool.all('SELECT v FROM t'))).toMatchObject(lost);
    expect(await pool.all('SELECT v FROM t', [], { pluck: true })).toEqual(['new']);
    expect(fleet.stats()).toMatchObject({ open: 1, opened: 2 });
  });

  it('is opened when what holds the lost one has ended', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { idleMs: Infinity });
    const pool = fleet.pool('a');
    await pool.exec(SCHEMA);
    const holder = await held(fleet, 'a');
    replace(directory, 'new');
    expect((await rejection(pool.iterate('SELECT v FROM t').next())).code).toBe('FERROLITE_FILE_REPLACED');
    await holder.end();
    expect(await pool.all('SELECT v FROM t', [], { pluck: true })).toEqual(['new']);
  });
});

describe('delete()', () => {
  it('removes all files of a database, and says whether there was one', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory);
    for (const name of ['a', 'ab']) await fleet.pool(name).exec(SCHEMA);
    expect(await Promise.all([fleet.delete('a'), fleet.delete('a')])).toEqual([true, false]);
    expect([await fleet.list(), await fleet.exists('a')]).toEqual([['ab'], false]);
    expect(readdirSync(directory).filter((name) => name.startsWith('a.'))).toEqual([]);
    expect(await fleet.pool('a').all('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('waits for calls under way, and calls that come meanwhile find it gone', async () => {
    const fleet = fleetIn(tempDir());
    await fleet.pool('a').exec(SCHEMA);
    const { end } = await held(fleet, 'a');
    const deleted = fleet.delete('a');
    const later = fleet.pool('a').all('SELECT name FROM sqlite_schema');
    expect(fleet.stats()).toMatchObject({ open: 1, busy: 1, waiting: 1 });
    await end();
    expect([await deleted, await later]).toEqual([true, []]);
  });

  it('is refused by a fleet that only reads', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory);
    await fleet.pool('a').exec(SCHEMA);
    await fleet.close();
    const reading = fleetIn(directory, { readonly: true });
    expect(await reading.pool('a').all('SELECT v FROM t')).toEqual([]);
    const { message } = await rejection(reading.delete('a'));
    expect([message, await reading.exists('a')]).toEqual([
      'A fleet that only reads cannot delete a database',
      true,
    ]);
  });
});

describe('close()', () => {
  it('refuses further calls and those that wait, lets those under way end, and closes all', async () => {
    const directory = tempDir();
    const fleet = fleetIn(directory, { maxOpen: 1 });
    const pool = fleet.pool('a');
    await pool.exec(SCHEMA);
    const { end } = await held(fleet, 'a');
    const waiting = rejection(fleet.pool('b').get('SELECT 1'));
    const closed = fleet.close();
    expect([fleet.isClosed, fleet.close()]).toEqual([true, closed]);
    expect((await waiting).code).toBe('FERROLITE_FLEET_CLOSED');
    await end();
    await closed;
    expect(openIn(directory)).toEqual([]);
    for (const call of [
      () => pool.all('SELECT 1'),
      () => pool.transaction(() => 1),
      () => pool.iterate('SELECT 1').next(),
      () => fleet.list(),
      () => fleet.exists('a'),
      () => fleet.delete('a'),
    ]) {
      expect((await rejection(call())).code).toBe('FERROLITE_FLEET_CLOSED');
    }
    expect(fleet.stats()).toMatchObject({ open: 0, busy: 0, waiting: 0, threads: 0 });
  });

  it('cancels what is under way after drainMs', async () => {
    const fleet = fleetIn(tempDir());
    const never = rejection(fleet.pool('a').transaction(() => new Promise(() => undefined)));
    await fleet.close({ drainMs: 0 });
    expect((await never).code).toBe('FERROLITE_POOL_CLOSED');
    expect(() => fleet.close({ drain: 1 } as never)).toThrow('Unknown option "drain"');
  });

  it('is what the end of an `await using` block does', async () => {
    const fleet = fleetIn(tempDir());
    await fleet.pool('a').exec(SCHEMA);
    await fleet[Symbol.asyncDispose]();
    expect(fleet.isClosed).toBe(true);
  });
});

describe('a call that waits', () => {
  it('and whose options then throw is rejected with that, and its place is free', async () => {
    const fleet = fleetIn(tempDir(), { maxOpen: 1 });
    const first = await held(fleet, 'a');
    let reads = 0;
    const options = {
      timeoutMs: 60_000,
      get priority() {
        reads += 1;
        // Once to be checked, and once more with what is left of the time.
        if (reads > 1) throw new Error('read once more');
        return 'foreground' as const;
      },
    };
    const waiting = rejection(fleet.pool('b').exec(SCHEMA, options));
    await first.end();
    expect((await waiting).message).toBe('read once more');
    await fleet.pool('c').exec(SCHEMA);
    expect(fleet.stats()).toMatchObject({ busy: 0, waiting: 0 });
  });
});
