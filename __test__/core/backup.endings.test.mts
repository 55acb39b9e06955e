// How a backup can end, and what it leaves: no file where there was none, an existing one as it was.
import {
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ferrolite, type Database } from '../helpers/drivers.mts';
import { inChild, tryInChild } from '../helpers/in-child.mts';
import { nextEvent } from '../helpers/wait.mts';

const small = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)';
/** More pages than the target keeps in memory: some are in its file before the end. */
const huge = 'CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(24000000))';
const isItself = new TypeError('Cannot save backup because the file is the database itself');
const moved = { name: 'SqliteError', code: 'SQLITE_READONLY_DBMOVED' };

const rowsOf = (path: string): unknown[] =>
  new ferrolite.Database(path).prepare('SELECT a FROM t').pluck().all();

describe('a backup that fails after it has written into its target', () => {
  const stopAt = (remaining: number) => (info: { remainingPages: number }) => {
    if (info.remainingPages <= remaining) throw new Error('stop');
    return 2000;
  };

  it('leaves no file where there was none', async () => {
    const path = ferrolite.path();
    const sizes: number[] = [];
    const progress = (info: { remainingPages: number }): number => {
      sizes.push(statSync(path).size);
      return stopAt(2000)(info);
    };
    await expect(ferrolite.memory(huge).backup(path, { progress })).rejects.toThrow('stop');
    expect(sizes.at(-1)).toBeGreaterThan(0);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('leaves an existing target as it was', async () => {
    const db = ferrolite.onDisk(small).close();
    const before = readFileSync(db.name);
    await expect(ferrolite.memory(huge).backup(db.name, { progress: stopAt(2000) })).rejects.toThrow('stop');
    expect(readFileSync(db.name).equals(before)).toBe(true);
    expect(readdirSync(dirname(db.name))).toEqual(['test.db']);
  });

  it('leaves an existing empty target empty', async () => {
    const path = ferrolite.path();
    writeFileSync(path, '');
    await expect(ferrolite.memory(huge).backup(path, { progress: stopAt(2000) })).rejects.toThrow('stop');
    expect(readFileSync(path)).toHaveLength(0);
  });
});

describe('a target that is moved while it is written', () => {
  const replaceBy = (content: string | undefined) => async (): Promise<string> => {
    const path = ferrolite.path();
    const progress = (): void => {
      renameSync(path, `${path}.moved`);
      if (content !== undefined) writeFileSync(path, content);
    };
    await expect(ferrolite.memory(small).backup(path, { progress })).rejects.toMatchObject(moved);
    return path;
  };

  it('rejects', async () => {
    const path = await replaceBy(undefined)();
    expect(existsSync(path)).toBe(false);
  });

  it.each(['', 'content'])('rejects, and leaves what took its place (%j)', async (content) => {
    const path = await replaceBy(content)();
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('rejects if there was a database before', async () => {
    const target = ferrolite.onDisk(small).close();
    const progress = (): void => unlinkSync(target.name);
    await expect(ferrolite.memory(small).backup(target.name, { progress })).rejects.toMatchObject(moved);
  });
});

describe('a backup of an attached database', () => {
  const withOther = (): { db: Database; other: string } => {
    const other = ferrolite.onDisk("CREATE TABLE t (a); INSERT INTO t VALUES ('other')").close().name;
    const db = ferrolite.onDisk(small);
    db.prepare('ATTACH ? AS other').run(other);
    return { db, other };
  };

  it('onto its own file rejects, by whatever name', async () => {
    const { db, other } = withOther();
    linkSync(other, `${other}.link`);
    for (const name of [other, `${other}.link`]) {
      await expect(db.backup(name, { attached: 'other' })).rejects.toStrictEqual(isItself);
    }
    expect(rowsOf(other)).toEqual(['other']);
  });

  it('may replace that of another schema', async () => {
    const { db, other } = withOther();
    await db.backup(other);
    expect(db.prepare('SELECT a FROM other.t').pluck().all()).toEqual([1]);
  });
});

describe.skipIf(process.platform === 'win32')('a backup of a database on a file descriptor', () => {
  const opened = (): { db: Database; path: string } => {
    const path = ferrolite.onDisk(small).close().name;
    const [fd, journalFd] = [openSync(path, 'r+'), openSync(`${path}.journal`, 'w+')];
    return { db: new ferrolite.Database(fd, { journalFd }), path };
  };

  it('onto its own file rejects, by whatever name', async () => {
    const { db, path } = opened();
    linkSync(path, `${path}.link`);
    for (const name of [path, `${path}.link`]) await expect(db.backup(name)).rejects.toStrictEqual(isItself);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it('into another file copies it', async () => {
    const path = ferrolite.path();
    expect(await opened().db.backup(path)).toEqual({ totalPages: 2, remainingPages: 0 });
    expect(rowsOf(path)).toEqual([1]);
  });
});

describe('whatever progress does', () => {
  it('uses the database', async () => {
    const db = ferrolite.memory(huge);
    const seen: unknown[] = [];
    await db.backup(ferrolite.path(), {
      progress() {
        db.transaction(() => db.prepare('SELECT count(*) FROM t').get())();
        db.pragma('integrity_check');
        seen.push(db.serialize().length, [...db.prepare('SELECT 1').iterate()].length);
        return 3000;
      },
    });
    expect(seen).toHaveLength(4);
  });

  it('begins another backup', async () => {
    const db = ferrolite.memory(small);
    const paths = [ferrolite.path(), ferrolite.path()];
    const inner: Promise<unknown>[] = [];
    await db.backup(paths[0], { progress: () => void inner.push(db.backup(paths[1])) });
    expect(await inner[0]).toEqual({ totalPages: 2, remainingPages: 0 });
    expect(paths.map(rowsOf)).toEqual([[1], [1]]);
  });

  it('drops the table, and changes the page size', async () => {
    const db = ferrolite.memory(huge);
    const path = ferrolite.path();
    let calls = 0;
    await db.backup(path, {
      progress() {
        calls += 1;
        if (calls === 2) db.exec('DROP TABLE t; PRAGMA page_size = 1024; VACUUM; CREATE TABLE t (a)');
        return 1000;
      },
    });
    expect(rowsOf(path)).toEqual([]);
  });

  it('detaches the database: it is in use', async () => {
    const db = ferrolite.memory("ATTACH ':memory:' AS other; CREATE TABLE other.t (a)");
    const seen: string[] = [];
    const progress = (): void => {
      try {
        db.exec('DETACH other');
      } catch (error) {
        seen.push(String(error));
      }
    };
    await db.backup(ferrolite.path(), { attached: 'other', progress });
    expect(seen).toEqual(['SqliteError: database other is locked']);
    expect(db.exec('DETACH other').open).toBe(true);
  });
});

describe('the end of what makes a backup', () => {
  it('worker.terminate() leaves no file where there was none, and an existing one as it was', async () => {
    const existing = ferrolite.onDisk(small).close().name;
    const before = readFileSync(existing);
    for (const path of [ferrolite.path(), existing]) {
      const worker = new Worker(
        `const { parentPort, workerData } = require('node:worker_threads');
         const db = new (require('ferrolite'))(':memory:').exec(${JSON.stringify(huge)});
         let calls = 0;
         db.backup(workerData, { progress() { calls += 1; if (calls === 20) parentPort.postMessage('under way'); return calls < 20 ? 250 : 0; } });`,
        { eval: true, workerData: path },
      );
      await nextEvent(worker, 'message');
      await worker.terminate();
      expect(readdirSync(dirname(path))).toEqual(path === existing ? ['test.db'] : []);
    }
    expect(readFileSync(existing).equals(before)).toBe(true);
  });

  /** Runs in a child: ends the process in the middle of a backup. */
  function endInProgress(path: string, how: string): Promise<unknown> {
    const db = new (require('ferrolite'))(':memory:').exec('CREATE TABLE t (a)');
    return db.backup(path, {
      progress() {
        if (how === 'exit') process.exit(7);
        setImmediate(() => {
          throw new Error('uncaught');
        });
        return 0;
      },
    });
  }

  it.each([
    ['exit', 7],
    ['throw', 1],
  ])('the end of the process (%s) leaves no file', (how, code) => {
    const path = ferrolite.path();
    const child = tryInChild(endInProgress, [path, how]);
    expect([child.code, child.value]).toEqual([code, undefined]);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('a database that nobody else holds is not collected before its backup has ended', () => {
    const path = ferrolite.path();
    const backUp = (file: string): Promise<unknown> => {
      const open = (): Promise<unknown> => {
        let calls = 0;
        const progress = (): number => {
          calls += 1;
          (globalThis as unknown as { gc: () => void }).gc();
          return calls < 50 ? 0 : 100;
        };
        const db = new (require('ferrolite'))(':memory:').exec(
          'CREATE TABLE t (a); INSERT INTO t VALUES (1)',
        );
        return db.backup(file, { progress });
      };
      return open();
    };
    expect(inChild(backUp, [path], { flags: ['--expose-gc'] })).toEqual({ totalPages: 2, remainingPages: 0 });
    expect(rowsOf(path)).toEqual([1]);
  });
});

it.runIf(existsSync('/proc/self/fd'))('backups that end leave no file open', () => {
  const run = async (folder: string): Promise<number[]> => {
    const { readdirSync: list } = require('node:fs') as typeof import('node:fs');
    const db = new (require('ferrolite'))(':memory:').exec('CREATE TABLE t (a)');
    const fail = (): never => {
      throw new Error('stop');
    };
    const counts = [];
    for (let round = 0; round < 20; round += 1) {
      await db.backup(`${folder}/${round}.db`);
      await db.backup(`${folder}/failed.db`, { progress: fail }).catch(() => undefined);
      await db.backup(`${folder}/unknown.db`, { attached: 'x' }).catch(() => undefined);
      counts.push(list('/proc/self/fd').length);
    }
    return counts;
  };
  const counts = inChild(run, [ferrolite.folder()]);
  expect(counts.at(-1)).toBe(counts[1]);
});
