import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settledAnswerOf, type SettledAnswer } from '../helpers/answer.mts';
import {
  betterSqlite3,
  describeDrivers,
  ferrolite,
  type Database,
  type Driver,
} from '../helpers/drivers.mts';

/** 252 pages: three steps of the default size, after the one that counts. */
const large = 'CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(1024000))';
const small = 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)';

interface Pages {
  totalPages: number;
  remainingPages: number;
}

describeDrivers('Database#backup()', (driver) => {
  const contentOf = (path: string): unknown[] => {
    const copy = new driver.Database(path, { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    const rows = copy.prepare('SELECT a FROM t').pluck().all();
    copy.close();
    return rows;
  };

  it('copies a database in memory into a file', async () => {
    const db = driver.memory(small);
    const path = driver.path();
    const promise = db.backup(path);
    expect(Object.getPrototypeOf(promise)).toBe(Promise.prototype);
    expect(await promise).toStrictEqual({ totalPages: 2, remainingPages: 0 });
    expect(contentOf(path)).toEqual([1, 2]);
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it('copies a file page by page', async () => {
    const db = driver.onDisk(large);
    const path = driver.path();
    await db.backup(path);
    // The schema's version and the change counters are the copy's own.
    const [from, to] = [db.name, path].map((each) => readFileSync(each).fill(0, 24, 100));
    expect(to!.equals(from!)).toBe(true);
  });

  it('copies what the log of a WAL database holds', async () => {
    const db = driver.onDisk();
    db.pragma('journal_mode = WAL');
    db.exec(small);
    const path = driver.path();
    expect((await db.backup(path)).totalPages).toBe(2);
    expect(contentOf(path)).toEqual([1, 2]);
  });

  it('reports progress after each step that left pages', async () => {
    const seen: [unknown[], unknown][] = [];
    const result = await driver.memory(large).backup(driver.path(), {
      progress(this: unknown, ...args: unknown[]) {
        seen.push([args, this]);
      },
    });
    expect(result).toStrictEqual({ totalPages: 252, remainingPages: 0 });
    expect(seen).toStrictEqual(
      [252, 152, 52].map((remainingPages) => [[{ totalPages: 252, remainingPages }], undefined]),
    );
  });

  it('reports no progress of an empty database, whose copy is one page', async () => {
    const path = driver.path();
    const progress = (): never => {
      throw new Error('was called');
    };
    expect(await driver.memory().backup(path, { progress })).toStrictEqual({
      totalPages: 0,
      remainingPages: 0,
    });
    expect(readFileSync(path)).toHaveLength(4096);
  });

  it.each([
    [undefined, [252, 152, 52]],
    [1, [252, 251, 250, 249]],
    [100.4, [252, 152, 52]],
    [125.6, [252, 126]],
    [Infinity, [252]],
    [2 ** 40, [252]],
    [0, [252, 252, 252, 252]],
    [0.4, [252, 252, 252, 252]],
    [-0.5, [252, 252, 252, 252]],
    [-5, [252, 252, 252, 252]],
    [-Infinity, [252, 252, 252, 252]],
  ])('copies as many pages in the next step as progress returns: %s', async (pages, remaining) => {
    const seen: number[] = [];
    const result = await driver.memory(large).backup(driver.path(), {
      progress(info: Pages) {
        seen.push(info.remainingPages);
        return seen.length === 4 ? Infinity : pages;
      },
    });
    expect(seen).toEqual(remaining);
    expect(result).toStrictEqual({ totalPages: 252, remainingPages: 0 });
  });

  it('keeps the number of pages that progress has returned', async () => {
    const seen: number[] = [];
    await driver.memory(large).backup(driver.path(), {
      progress(info: Pages) {
        return seen.push(info.remainingPages) === 1 ? 70 : undefined;
      },
    });
    expect(seen).toEqual([252, 182, 112, 42]);
  });

  it.each([[null], [NaN], ['5'], [5n], [true], [{}], [Promise.resolve(5)]])(
    'rejects when progress returns %o, and leaves no file',
    async (answer) => {
      const path = driver.path();
      await expect(driver.memory(large).backup(path, { progress: () => answer })).rejects.toStrictEqual(
        new TypeError('Expected progress callback to return a number or undefined'),
      );
      expect(readdirSync(dirname(path))).toEqual([]);
    },
  );

  it.each([[new Error('from progress')], [undefined], [null], [5], ['']])(
    'rejects with what progress throws (%o), and leaves no file',
    async (thrown) => {
      const path = driver.path();
      const progress = (): never => {
        throw thrown;
      };
      const caught = await driver
        .memory(large)
        .backup(path, { progress })
        .then(
          () => ['fulfilled'],
          (error: unknown) => [error],
        );
      expect(caught[0]).toBe(thrown);
      expect(readdirSync(dirname(path))).toEqual([]);
    },
  );

  it('rejects when the source is closed at once, and leaves no file', async () => {
    const db = driver.memory(large);
    const path = driver.path();
    const promise = db.backup(path);
    db.close();
    await expect(promise).rejects.toStrictEqual(new TypeError('The database connection is not open'));
    expect(existsSync(path)).toBe(false);
  });

  it('rejects when the source is closed between two steps, and leaves no file', async () => {
    const db = driver.memory(large);
    const path = driver.path();
    await expect(db.backup(path, { progress: () => void db.close() })).rejects.toStrictEqual(
      new TypeError('The database connection is not open'),
    );
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(db.open).toBe(false);
  });

  it('replaces the content of an existing database, whatever its page size', async () => {
    const path = driver.path();
    new driver.Database(path).exec(`PRAGMA page_size = 512; ${large}; CREATE TABLE u (b)`).close();
    await driver.memory(small).backup(path);
    expect(contentOf(path)).toEqual([1, 2]);
    expect(readFileSync(path)).toHaveLength(8192);
  });

  it('replaces the content of an existing database in WAL mode, if the page sizes agree', async () => {
    const path = driver.path();
    for (const [pageSize, answer] of [
      [4096, 'done'],
      [1024, 'SQLITE_READONLY'],
    ] as const) {
      const target = new driver.Database(path);
      target.pragma('journal_mode = DELETE');
      target.exec(`PRAGMA page_size = ${pageSize}; VACUUM`);
      target.pragma('journal_mode = WAL');
      target.exec('DROP TABLE IF EXISTS t; CREATE TABLE t (a)').close();
      const settled = await driver
        .memory(small)
        .backup(path)
        .then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
      expect(settled).toBe(answer);
      expect(contentOf(path)).toEqual(answer === 'done' ? [1, 2] : []);
    }
  });

  it('that fails leaves an existing target as it was', async () => {
    const path = driver.path();
    new driver.Database(path).exec(small).close();
    const before = readFileSync(path);
    let calls = 0;
    const progress = (): void => {
      calls += 1;
      if (calls === 3) throw new Error('stop');
    };
    await expect(driver.memory(large).backup(path, { progress })).rejects.toThrow('stop');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it('leaves a file that is no database as it was', async () => {
    const path = driver.path();
    for (const text of ['short', 'x'.repeat(5000)]) {
      writeFileSync(path, text);
      await expect(driver.memory(small).backup(path)).rejects.toMatchObject({
        name: 'SqliteError',
        code: 'SQLITE_NOTADB',
        message: 'file is not a database',
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });

  it('fills an existing empty file', async () => {
    const path = driver.path();
    writeFileSync(path, '');
    await driver.memory(small).backup(path);
    expect(contentOf(path)).toEqual([1, 2]);
  });

  it('includes what the same connection writes between two steps', async () => {
    const db = driver.memory(large);
    const totals: number[] = [];
    const result = await db.backup(driver.path(), {
      progress(info: Pages) {
        totals.push(info.totalPages);
        if (totals.length <= 2) db.exec('INSERT INTO t VALUES (zeroblob(40960))');
      },
    });
    expect(totals).toEqual([252, 262, 272, 272]);
    expect(result).toStrictEqual({ totalPages: 272, remainingPages: 0 });
  });

  it('begins again when another connection writes between two steps', async () => {
    const db = driver.onDisk(large);
    const other = new driver.Database(db.name);
    const path = driver.path();
    const seen: number[] = [];
    await db.backup(path, {
      progress(info: Pages) {
        seen.push(info.remainingPages);
        if (seen.length === 2) other.exec('INSERT INTO t VALUES (7)');
      },
    });
    expect(seen).toEqual([252, 152, 152, 52]);
    expect(contentOf(path)[1]).toBe(7);
  });

  it('runs while an iterator of the source is open', async () => {
    const db = driver.memory(small);
    const iterator = db.prepare('SELECT a FROM t').pluck().iterate();
    iterator.next();
    const path = driver.path();
    expect(await db.backup(path)).toStrictEqual({ totalPages: 2, remainingPages: 0 });
    expect([...iterator]).toEqual([2]);
    expect(contentOf(path)).toEqual([1, 2]);
  });

  it('copies an attached database, and the temporary one', async () => {
    const db = driver.memory(
      "ATTACH ':memory:' AS other; CREATE TABLE other.t (a); INSERT INTO t VALUES (5)",
    );
    db.exec('CREATE TEMP TABLE t (a); INSERT INTO temp.t VALUES (6)');
    const path = driver.path();
    await db.backup(path, { attached: 'OTHER' });
    expect(contentOf(path)).toEqual([5]);
    await db.backup(path, { attached: 'temp' });
    expect(contentOf(path)).toEqual([6]);
  });

  it('makes several at once', async () => {
    const db = driver.memory(large);
    const paths = [driver.path(), driver.path(), driver.path()];
    const results = await Promise.all(paths.map((path) => db.backup(path)));
    expect(results).toStrictEqual(paths.map(() => ({ totalPages: 252, remainingPages: 0 })));
    for (const path of paths) expect(contentOf(path)).toHaveLength(1);
  });

  it('trims the name, and takes one that begins with file: literally', async () => {
    const folder = driver.folder();
    await driver.memory(small).backup(`  ${join(folder, 'trimmed.db')} `);
    expect(readdirSync(folder)).toEqual(['trimmed.db']);
  });

  it('follows symbolic links', async () => {
    const folder = driver.folder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    symlinkSync('real/second.db', join(folder, 'dangling.db'));
    await driver.memory(small).backup(join(folder, 'link', 'first.db'));
    await driver.memory(small).backup(join(folder, 'dangling.db'));
    expect(readdirSync(join(folder, 'real')).toSorted()).toEqual(['first.db', 'second.db']);
    expect(contentOf(join(folder, 'dangling.db'))).toEqual([1, 2]);
  });
});

/** Both drivers settle with the same. */
async function sameSettled(fn: (driver: Driver) => Promise<unknown>): Promise<SettledAnswer> {
  const theirs = await settledAnswerOf(() => fn(betterSqlite3));
  const ours = await settledAnswerOf(() => fn(ferrolite));
  expect(ours).toStrictEqual(theirs);
  return theirs;
}

async function sameRejection(
  fn: (driver: Driver) => Promise<unknown>,
  name: string,
  message: string,
): Promise<void> {
  expect(await sameSettled(fn)).toMatchObject({ rejected: { name, message } });
}

describe('arguments of backup()', () => {
  const isString = 'Expected first argument to be a string';
  const isOptions = 'Expected second argument to be an options object';
  const isSchema = 'Expected the "attached" option to be a string';
  const isFunction = 'Expected the "progress" option to be a function';
  const isEmpty = 'Backup filename cannot be an empty string';
  const noDirectory = 'Cannot save backup because the directory does not exist';
  const isClosed = 'The database connection is not open';

  it.each([
    [undefined, isString],
    [null, isString],
    [5, isString],
    [Buffer.from('a'), isString],
    [new String('a'), isString],
    ['', isEmpty],
    [' \n ', isEmpty],
    [':memory:', 'Invalid backup filename ":memory:"'],
    [' :memory: ', 'Invalid backup filename ":memory:"'],
    ['no/such/folder/a.db', noDirectory],
    ['file:no/such/folder/a.db', noDirectory],
  ])('%o is no name of a file', (filename, message) =>
    sameRejection(({ memory }) => memory().backup(filename), 'TypeError', message),
  );

  it.each([
    [5, isOptions],
    ['x', isOptions],
    [() => ({}), isOptions],
    [true, isOptions],
    [{ attached: undefined }, isSchema],
    [{ attached: null }, isSchema],
    [{ attached: 5 }, isSchema],
    [{ attached: '' }, 'The "attached" option cannot be an empty string'],
    [{ progress: 5 }, isFunction],
    [{ progress: {} }, isFunction],
    [{ progress: false }, isFunction],
    [Object.create({ progress: 1 }), isFunction],
  ])('%o are no options', (options, message) =>
    sameRejection((driver) => driver.memory().backup(driver.path(), options), 'TypeError', message),
  );

  it.each([
    [undefined],
    [null],
    [{}],
    [[]],
    [{ progress: undefined }],
    [{ progress: null }],
    [{ unknown: 1 }],
  ])('accepts %o', async (options) => {
    const answer = await sameSettled((driver) => driver.memory(small).backup(driver.path(), options));
    expect(answer).toEqual({
      fulfilled: ['object', ['totalPages', 'number 2'], ['remainingPages', 'number 0']],
    });
  });

  it.each(['x', ' ', 'x"y', 'main.t'])('an unknown schema (%j) is named', (attached) =>
    sameRejection(
      (driver) => driver.memory().backup(driver.path(), { attached }),
      'SqliteError',
      `unknown database ${attached}`,
    ),
  );

  it('are checked in a fixed order', async () => {
    const closed = ({ memory }: Driver): Database => memory().close();
    await sameRejection((driver) => closed(driver).backup(5, 5), 'TypeError', isString);
    await sameRejection((driver) => closed(driver).backup('', 5), 'TypeError', isOptions);
    await sameRejection((driver) => closed(driver).backup('', { attached: 5 }), 'TypeError', isEmpty);
    const bad = { attached: 5, progress: 5 };
    await sameRejection((driver) => closed(driver).backup('no/folder/a.db', bad), 'TypeError', isSchema);
    await sameRejection(
      (driver) => closed(driver).backup('no/folder/a.db', { progress: 5 }),
      'TypeError',
      isFunction,
    );
    await sameRejection((driver) => closed(driver).backup('no/folder/a.db'), 'TypeError', noDirectory);
    const unknown = { attached: 'x' };
    await sameRejection((driver) => closed(driver).backup(driver.path(), unknown), 'TypeError', isClosed);
    await sameSettled((driver) => driver.memory().backup(driver.folder(), unknown));
  });

  it('are read once each, in a fixed order', async () => {
    await sameSettled(async (driver) => {
      const reads: string[] = [];
      const handler: ProxyHandler<object> = {
        get: (_, name) => void reads.push(`get ${String(name)}`),
        has: (_, name) => reads.push(`has ${String(name)}`) > 0 && name === 'progress',
      };
      await driver.memory().backup(driver.path(), new Proxy({}, handler));
      return reads;
    });
  });

  it('pass on what their getters throw', () =>
    sameRejection(
      (driver) => {
        const options = {
          get progress(): never {
            throw new Error('from the getter');
          },
        };
        return driver.memory().backup(driver.path(), options);
      },
      'Error',
      'from the getter',
    ));

  it.each([
    ['a directory', (driver: Driver) => driver.folder()],
    ['a dot', () => '.'],
    ['a name longer than the system takes', (driver: Driver) => join(driver.folder(), 'n'.repeat(300))],
    ['a path longer than SQLite takes', (driver: Driver) => join(driver.folder(), 'd/'.repeat(300), 'x.db')],
    ['a path with a slash at its end', (driver: Driver) => `${driver.path()}/`],
  ])('are answered alike for %s', async (_, filename) => {
    await sameSettled((driver) => driver.memory(small).backup(filename(driver)));
  });
});
