// Checks, statistics and vacuuming on real files, beside connections of this process and of others.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'ferrolite';
import {
  analyze,
  foreignKeyCheck,
  incrementalVacuum,
  integrityCheck,
  optimize,
  quickCheck,
  reindex,
  vacuum,
  vacuumInto,
  type MaintenanceProgress,
} from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { betterSqlite3 } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

const PAGE = 4096;

/** A file in WAL mode with an index, closed. Two thirds of its pages are free. */
function sparse(pragmas = ''): string {
  const path = tempDb();
  const db = new Database(path);
  db.exec(`
    PRAGMA page_size = ${PAGE}; ${pragmas}; PRAGMA journal_mode = WAL;
    CREATE TABLE "a""b" (k INTEGER PRIMARY KEY, v TEXT);
    CREATE INDEX "i""j" ON "a""b" (v);
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO "a""b" SELECT i, printf('%0200d', i) FROM n;
    DELETE FROM "a""b" WHERE k > 1000`);
  db.close();
  return path;
}

/** Overwrites one page with what no page begins with. */
function damage(path: string, page: number): string {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (page - 1) * PAGE);
  closeSync(file);
  return path;
}

const TASKS = {
  quickCheck,
  integrityCheck,
  foreignKeyCheck,
  optimize,
  analyze,
  reindex,
  vacuum,
  incrementalVacuum,
} as const;
const tasks = Object.entries(TASKS);

describe.each(tasks)('%s()', (name, task) => {
  const open = (): string => sparse('PRAGMA auto_vacuum = INCREMENTAL');

  it('takes a path, a URL, a connection and a pool, and leaves them as they were', async () => {
    const path = open();
    const db = new Database(path);
    db.exec('CREATE TEMP TABLE mine (v)');
    const pool = openPool(path);
    await pool.get('SELECT 1');
    for (const subject of [path, `file:${path}`, db, pool]) {
      expect((await task(subject)).durationMs).toBeGreaterThan(0);
    }
    expect(db.prepare('SELECT count(*) FROM mine').pluck().get()).toBe(0);
    expect(await pool.get('SELECT count(*) FROM "a""b"', [], { pluck: true })).toBe(1000);
    await pool.close();
    db.close();
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it('refuses what has no file, or is none', async () => {
    const closed = new Database(open());
    closed.close();
    const missing = tempDb();
    const foreign = tempDb();
    writeFileSync(foreign, 'a text that is longer than the header of a database: '.repeat(20));
    await expect(task(new Database(':memory:'))).rejects.toThrow(
      'Expected first argument to be a database with a file of its own',
    );
    await expect(task(':memory:')).rejects.toThrow(
      'Expected first argument to be a database with a file of its own',
    );
    await expect(task(closed)).rejects.toThrow('The database connection is not open');
    await expect(task(missing)).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' });
    await expect(task(foreign)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
    rmSync(foreign);
    for (const wrong of [undefined, null, 7, {}, []]) {
      await expect(task(wrong as never)).rejects.toThrow(
        'Expected first argument to be a database, a pool or a path',
      );
    }
    expect(existsSync(missing)).toBe(false);
  });

  if (name.endsWith('Check')) {
    it('needs to read alone', async () => {
      const reader = new Database(open(), { readonly: true });
      await task(reader);
      reader.close();
    });
  } else {
    it('needs to write', async () => {
      const reader = new Database(open(), { readonly: true });
      await expect(task(reader)).rejects.toThrow('opened or named for reading only');
      reader.close();
    });
  }

  it('refuses wrong options', async () => {
    const path = open();
    await expect(task(path, { wait: 1 } as never)).rejects.toThrow('Unknown option "wait"');
    await expect(task(path, 7 as never)).rejects.toThrow('Expected the options to be an object');
    await expect(task(path, { busyTimeoutMs: -1 })).rejects.toThrow('"busyTimeoutMs"');
    await expect(task(path, { onProgress: 7 as never })).rejects.toThrow('"onProgress"');
    await expect(task(path, { signal: {} as never })).rejects.toThrow('"signal"');
  });

  it('begins nothing when it was given up before', async () => {
    const reason = new Error('not today');
    await expect(task(tempDb(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  if (!name.endsWith('Check')) {
    it('waits for the writer of another process no longer than it is told', async () => {
      const path = open();
      const writer = await hold(process.cwd(), path, 'BEGIN IMMEDIATE');
      await expect(task(path, { busyTimeoutMs: 0 })).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
      await writer.release();
      await task(path, { busyTimeoutMs: 0 });
    });
  }
});

it('a connection of another copy of SQLite is refused', async () => {
  const db = new betterSqlite3.Database(tempDb());
  await expect(quickCheck(db as never)).rejects.toThrow(
    'Expected first argument to be a connection of this copy of ferrolite',
  );
});

describe('quickCheck() and integrityCheck()', () => {
  it('find nothing wrong with a sound file', async () => {
    const path = sparse();
    const nothing = { ok: true, problems: [], truncated: false };
    expect(await quickCheck(path)).toMatchObject(nothing);
    expect(await integrityCheck(path)).toMatchObject(nothing);
    expect(await quickCheck(path, { table: 'a"b' })).toMatchObject(nothing);
  });

  it('name the damage, as many problems as are wanted', async () => {
    const root = sparse();
    const pages = inChild(
      (driver: string, path: string) => {
        const db = new (require(driver))(path);
        return db.prepare(`SELECT rootpage FROM sqlite_schema WHERE type = 'table'`).pluck().get();
      },
      [process.cwd(), root],
    );
    damage(root, pages as number);
    for (const check of [quickCheck, integrityCheck]) {
      const result = await check(root);
      expect(result).toMatchObject({ ok: false });
      expect(result.problems.join('\n')).toMatch(/malformed|btreeInitPage|Tree/);
      expect(await check(root, { maxProblems: 1 })).toMatchObject({ ok: false, truncated: true });
    }
    rmSync(root);
  });

  it('tell of a schema that cannot be read instead of failing', async () => {
    const path = sparse();
    const file = openSync(path, 'r+');
    // Behind the header of the file, which stays what it is.
    writeSync(file, Buffer.alloc(200, 0xa5), 0, 200, 100);
    closeSync(file);
    const result = await quickCheck(path);
    expect(result).toMatchObject({ ok: false, problems: ['database disk image is malformed'] });
    rmSync(path);
  });

  it('differ in an index with other values than its table', async () => {
    const path = sparse();
    inChild(
      (driver: string, name: string) => {
        const db = new (require(driver))(name);
        db.exec(`CREATE INDEX lost ON "a""b" (k % 7)`);
        db.unsafeMode().pragma('writable_schema = ON');
        db.exec(`UPDATE sqlite_schema SET sql = 'CREATE INDEX lost ON "a""b" (k % 5)' WHERE name = 'lost'`);
        db.close();
      },
      [process.cwd(), path],
    );
    expect(await quickCheck(path)).toMatchObject({ ok: true });
    const { ok, problems } = await integrityCheck(path, { maxProblems: 2 });
    expect([ok, problems]).toEqual([
      false,
      ['row 5 missing from index lost', 'row 6 missing from index lost'],
    ]);
    await reindex(path, { name: 'lost' });
    expect(await integrityCheck(path)).toMatchObject({ ok: true });
  });

  it('fail for a table that does not exist', async () => {
    await expect(quickCheck(sparse(), { table: 'x' })).rejects.toThrow('no such table: x');
  });
});

describe('foreignKeyCheck()', () => {
  function dangling(): string {
    const path = tempDb();
    new Database(path)
      .exec(
        `CREATE TABLE parent (a, b, PRIMARY KEY (a, b));
         CREATE TABLE child (id INTEGER PRIMARY KEY, x, y, z REFERENCES child, FOREIGN KEY (x, y) REFERENCES parent);
         CREATE TABLE other (k PRIMARY KEY, p REFERENCES child) WITHOUT ROWID;
         PRAGMA foreign_keys = OFF;
         INSERT INTO child VALUES (1, 1, 2, NULL), (2, NULL, NULL, 99);
         INSERT INTO other VALUES ('k', 98)`,
      )
      .close();
    return path;
  }

  it('names tables, rows and columns', async () => {
    const { ok, violations, truncated } = await foreignKeyCheck(dangling());
    expect([ok, truncated]).toEqual([false, false]);
    expect(
      violations.toSorted((one, two) => one.table.localeCompare(two.table) || one.rowid! - two.rowid!),
    ).toEqual([
      { table: 'child', rowid: 1, columns: ['x', 'y'], parent: 'parent' },
      { table: 'child', rowid: 2, columns: ['z'], parent: 'child' },
      { table: 'other', rowid: null, columns: ['p'], parent: 'child' },
    ]);
  });

  it('ends after as many as are wanted, and looks at one table alone', async () => {
    const path = dangling();
    expect(await foreignKeyCheck(path, { maxProblems: 2 })).toMatchObject({ ok: false, truncated: true });
    expect((await foreignKeyCheck(path, { table: 'other' })).violations).toHaveLength(1);
    expect(await foreignKeyCheck(path, { table: 'parent' })).toMatchObject({ ok: true, violations: [] });
  });
});

describe('optimize(), analyze() and reindex()', () => {
  const statistics = (path: string): unknown[] => {
    const db = new Database(path, { readonly: true });
    try {
      return db.prepare('SELECT idx, stat FROM sqlite_stat1').raw().all();
    } finally {
      db.close();
    }
  };

  it('optimize() analyzes what needs it, and then nothing', async () => {
    const path = sparse();
    expect((await optimize(path)).objects).toEqual(['a"b']);
    expect(statistics(path)).toEqual([['i"j', '1000 1']]);
    expect((await optimize(path)).objects).toEqual([]);
  });

  it('analyze() reads all rows, or about as many as are wanted', async () => {
    const path = sparse();
    expect((await analyze(path)).objects).toEqual(['a"b']);
    expect(statistics(path)).toEqual([['i"j', '1000 1']]);
    expect((await analyze(path, { name: 'i"j', analysisLimit: 10 })).objects).toEqual(['i"j']);
    await expect(analyze(path, { name: 'x' })).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  });

  it('tell how far they have come', async () => {
    const path = sparse();
    const heard: MaintenanceProgress[] = [];
    await reindex(path, { onProgress: (progress) => heard.push(progress) });
    expect(heard.map(({ done, total, unit, object }) => [done, total, unit, object])).toEqual([
      [0, 1, 'objects', 'i"j'],
      [1, 1, 'objects', undefined],
    ]);
    const error = new Error('enough');
    const throws = (): void => {
      throw error;
    };
    await expect(reindex(path, { onProgress: throws })).rejects.toBe(error);
  });

  it('reindex() takes a table and a collation', async () => {
    const path = sparse();
    expect((await reindex(path, { name: 'a"b' })).objects).toEqual(['a"b']);
    expect((await reindex(path, { name: 'binary' })).objects).toEqual(['binary']);
    await expect(reindex(path, { name: 'x' })).rejects.toThrow(
      'unable to identify the object to be reindexed',
    );
  });
});

describe('vacuum()', () => {
  it('gives free pages back to the disk', async () => {
    const path = sparse();
    const size = statSync(path).size;
    const { bytesBefore, bytesAfter, truncated } = await vacuum(path);
    expect([bytesBefore, truncated]).toEqual([size, true]);
    expect(bytesAfter).toBeLessThan(size / 2);
    expect(statSync(path).size).toBe(bytesAfter);
  });

  it('says that the file is as large as before while another connection reads', async () => {
    const path = sparse();
    const reader = new Database(path);
    const rows = reader.prepare('SELECT * FROM "a""b"').iterate();
    rows.next();
    const { truncated, bytesAfter, bytesBefore } = await vacuum(path, { busyTimeoutMs: 0 });
    expect([truncated, statSync(path).size]).toEqual([false, bytesBefore]);
    rows.return?.();
    reader.pragma('wal_checkpoint(TRUNCATE)');
    expect(statSync(path).size).toBe(bytesAfter);
    reader.close();
  });

  it('tells the bytes that were written, and can be given up', async () => {
    const path = sparse();
    const heard: MaintenanceProgress[] = [];
    const { bytesAfter } = await vacuum(path, { onProgress: (progress) => heard.push(progress) });
    const last = heard.at(-1)!;
    expect([last.unit, last.done]).toEqual(['bytes', last.total]);
    expect(last.total).toBeGreaterThanOrEqual(bytesAfter - PAGE);
    const controller = new AbortController();
    const given = vacuum(path, { signal: controller.signal });
    controller.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    expect(await integrityCheck(path)).toMatchObject({ ok: true });
  });

  it('sets how free pages are given back', async () => {
    const path = sparse();
    await expect(incrementalVacuum(path)).rejects.toMatchObject({ code: 'FERROLITE_NOT_INCREMENTAL' });
    await vacuum(path, { autoVacuum: 'incremental' });
    new Database(path).exec('DELETE FROM "a""b" WHERE k > 100').close();
    const heard: number[] = [];
    const first = await incrementalVacuum(path, { maxPages: 10, pagesPerTransaction: 3 });
    expect(first.bytesBefore - first.bytesAfter).toBe(10 * PAGE);
    const rest = await incrementalVacuum(path, { onProgress: ({ done }) => heard.push(done) });
    expect(rest.bytesAfter).toBeLessThan(rest.bytesBefore);
    expect(heard.at(-1)).toBe((rest.bytesBefore - rest.bytesAfter) / PAGE);
    expect(statSync(path).size).toBe(rest.bytesAfter);
    await expect(vacuum(path, { autoVacuum: 'often' as never })).rejects.toThrow('"autoVacuum"');
  });
});

describe('vacuumInto()', () => {
  it('leaves nothing when it is given up at the end, and no name that was taken meanwhile', async () => {
    const path = tempDb();
    const folder = tempDir();
    const copy = `${folder}/copy.db`;
    new Database(path).exec('CREATE TABLE t (v)').close();
    const onProgress = (): void => {
      throw new Error('enough');
    };
    await expect(vacuumInto(path, copy, { onProgress })).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
    const taking = vacuumInto(path, copy, { onProgress: () => writeFileSync(copy, 'of another') });
    await expect(taking).rejects.toMatchObject({ code: 'FERROLITE_FILE_EXISTS' });
    expect(readdirSync(folder)).toEqual(['copy.db']);
    expect(readFileSync(copy, 'utf8')).toBe('of another');
  });

  it('makes a copy without free pages, while others write', async () => {
    const path = sparse();
    const writer = await hold(process.cwd(), path, 'BEGIN IMMEDIATE; INSERT INTO "a""b" VALUES (9999, 1)');
    const copy = tempDb();
    const { bytesAfter } = await vacuumInto(path, copy);
    await writer.release();
    expect(statSync(copy).size).toBe(bytesAfter);
    expect(bytesAfter).toBeLessThan(statSync(path).size / 2);
    const db = new Database(copy, { readonly: true });
    expect(db.prepare('SELECT count(*) FROM "a""b"').pluck().get()).toBe(1000);
    db.close();
  });

  it('overwrites nothing, and leaves nothing behind when it fails or is given up', async () => {
    const path = sparse();
    await expect(vacuumInto(path, path)).rejects.toMatchObject({ code: 'FERROLITE_FILE_EXISTS' });
    await expect(vacuumInto(path, '')).rejects.toThrow('Expected second argument to be a path');
    const folder = tempDir();
    await expect(vacuumInto(path, `${folder}/none/copy.db`)).rejects.toMatchObject({ code: 'ENOENT' });
    const controller = new AbortController();
    const given = vacuumInto(path, `${folder}/copy.db`, { signal: controller.signal });
    controller.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    expect(readdirSync(folder)).toEqual([]);
  });
});
