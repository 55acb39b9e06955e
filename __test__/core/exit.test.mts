import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMount, filesBeside, onTmpfs, openDir, startNode } from '../client/support.mts';
import { ferrolite } from '../helpers/drivers.mts';
import { inChild, tryInChild, type ChildResult } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

/** In a child: writes a row and leaves by `exit`, the body of a function. */
function leaveBy(driver: string, path: string, exit: string): ChildResult<unknown> {
  return tryInChild(
    (name: string, file: string, body: string) => {
      const Database = require(name) as typeof import('ferrolite');
      const db = new Database(file);
      db.pragma('journal_mode = WAL');
      db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
      return new Function('db', 'Database', 'path', 'require', body)(db, Database, file, require) as unknown;
    },
    [driver, path, exit],
  );
}

function rowsOf(path: string): unknown[] {
  const db = new ferrolite.Database(path);
  try {
    return db.prepare('SELECT x FROM t ORDER BY x').pluck().all();
  } finally {
    db.close();
  }
}

/** The ends of a process that skip the clean-up of its environment. */
const ABRUPT: readonly (readonly [name: string, exit: string, code: number])[] = [
  ['process.exit()', 'process.exit(3)', 3],
  ['an uncaught error', 'setImmediate(() => { throw new Error("uncaught"); })', 1],
  ['an unhandled rejection', 'void Promise.reject(new Error("rejected")); return new Promise(() => {})', 1],
];

describe.each(ABRUPT)('%s', (_, exit, code) => {
  it('leaves no log of ferrolite', () => {
    const path = tempDb();
    expect(leaveBy('ferrolite', path, exit)).toMatchObject({ code, signal: null });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1]);
  });

  it('leaves the log of better-sqlite3', () => {
    const path = tempDb();
    expect(leaveBy('better-sqlite3', path, exit)).toMatchObject({ code, signal: null });
    expect(filesBeside(path)).toEqual(['test.db', 'test.db-shm', 'test.db-wal']);
  });
});

describe('process.exit()', () => {
  it.each([
    ['in a transaction', 'db.exec("BEGIN; INSERT INTO t VALUES (2)");'],
    [
      'in a transaction function',
      'db.transaction(() => { db.exec("INSERT INTO t VALUES (2)"); process.exit(3); })();',
    ],
    ['while rows are read', 'db.prepare("SELECT 1 UNION SELECT 2").iterate().next();'],
    [
      'in a loop over rows that are written',
      'db.prepare("INSERT INTO t VALUES (2), (3) RETURNING x").iterate().next();',
    ],
    [
      // Its table keeps statements of its own on the connection.
      'while a full-text table is searched',
      `db.exec("CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('hello'), ('hello you')");
       db.prepare("SELECT a FROM f WHERE f MATCH 'hello'").iterate().next();`,
    ],
    ['after close()', 'db.close();'],
    [
      'with several connections to the file',
      'new Database(path).prepare("SELECT x FROM t").iterate().next();',
    ],
    [
      'with a connection that only reads',
      'db.close(); new Database(path, { readonly: true }).prepare("SELECT x FROM t").all();',
    ],
    [
      'in a worker',
      'return new Promise(() => new (require("node:worker_threads").Worker)(`require("ferrolite")("${path}").prepare("SELECT x FROM t").all(); process.exit()`, { eval: true }).on("exit", () => process.exit(3)));',
    ],
    [
      'while a worker has the file open',
      'return new Promise(() => new (require("node:worker_threads").Worker)(`require("ferrolite")("${path}").prepare("SELECT x FROM t").all(); setInterval(() => 0, 1000); require("node:worker_threads").parentPort.postMessage(0)`, { eval: true }).on("message", () => process.exit(3)));',
    ],
  ])('%s leaves no log, and what was not committed is gone', (_, before) => {
    const path = tempDb();
    const { code, signal, stderr } = leaveBy('ferrolite', path, `${before} process.exit(3);`);
    expect({ code, signal, stderr }).toEqual({ code: 3, signal: null, stderr: '' });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1]);
  });

  it.each([
    [
      'a function that a write calls',
      'db.exec("UPDATE t SET x = CASE rowid WHEN 1 THEN 7 ELSE leave() END")',
    ],
    ['a function in a transaction', 'db.exec("BEGIN; INSERT INTO t VALUES (7); SELECT leave()")'],
    ['the rows of a table', 'db.prepare("INSERT INTO t SELECT a FROM rows").run()'],
    [
      'the function that hears of statements',
      'new Database(path, { verbose: leave }).exec("INSERT INTO t VALUES (7)")',
    ],
  ])('inside of %s commits nothing', (_, body) => {
    const path = tempDb();
    const result = leaveBy(
      'ferrolite',
      path,
      `const leave = () => process.exit(3);
       db.exec('INSERT INTO t VALUES (2)');
       db.function('leave', leave);
       db.table('rows', { columns: ['a'], *rows() { yield [7]; leave(); } });
       ${body};`,
    );
    expect(result).toMatchObject({ code: 3, signal: null, stderr: '' });
    // Closing a connection under its own query could commit half of it.
    expect(filesBeside(path)).toEqual(['test.db', 'test.db-shm', 'test.db-wal']);
    expect(rowsOf(path)).toEqual([1, 2]);
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('calls no function of the user', () => {
    const path = tempDb();
    const result = leaveBy(
      'ferrolite',
      path,
      `const seen = () => { require('node:fs').writeSync(2, 'called'); };
       const logged = new Database(path, { verbose: seen });
       db.function('f', () => 1);
       db.aggregate('g', { start: 0, step: (sum, x) => sum + x, result: seen });
       db.table('rows', { columns: ['a'], *rows() { try { yield [1]; yield [2]; } finally { seen(); } } });
       db.prepare('SELECT f(), g(a) FROM rows GROUP BY a').iterate();
       db.prepare('SELECT a FROM rows').iterate().next();
       process.exit(3);`,
    );
    expect(result).toMatchObject({ code: 3, signal: null, stderr: '' });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('during a backup leaves no log of either database, and no half of a new one', () => {
    const [path, target] = [tempDb(), tempDb()];
    const result = leaveBy(
      'ferrolite',
      path,
      `db.exec('INSERT INTO t VALUES (zeroblob(1000000))');
       return db.backup(${JSON.stringify(target)}, { progress: () => process.exit(3) });`,
    );
    expect(result).toMatchObject({ code: 3, signal: null, stderr: '' });
    expect([filesBeside(path), filesBeside(target)]).toEqual([['test.db'], []]);
  });

  it('leaves no log of an attached database', () => {
    const [path, attached] = [tempDb(), tempDb()];
    leaveBy(
      'ferrolite',
      path,
      `db.exec("ATTACH '${attached}' AS a; PRAGMA a.journal_mode = WAL; CREATE TABLE a.t (x); INSERT INTO a.t VALUES (2)");
       process.exit();`,
    );
    expect([filesBeside(path), filesBeside(attached)]).toEqual([['test.db'], ['test.db']]);
    expect(rowsOf(attached)).toEqual([2]);
  });

  it('lets every exit listener use the database, whenever it was added', () => {
    const path = tempDb();
    const result = leaveBy(
      'ferrolite',
      path,
      `process.prependListener('exit', () => db.exec('INSERT INTO t VALUES (2)'));
       process.on('exit', () => {
         db.exec('INSERT INTO t VALUES (3)');
         process.on('exit', () => { throw new Error('too late'); });
         new Database(path).exec('INSERT INTO t VALUES (4)');
       });
       process.exit(3);`,
    );
    expect(result).toMatchObject({ code: 3, stderr: '' });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1, 2, 3, 4]);
  });

  it('leaves the log of a database that another process has open', async () => {
    const path = tempDb();
    const other = startNode(
      (file: string) => {
        const Database = require('ferrolite') as typeof import('ferrolite');
        const db = new Database(file);
        db.pragma('journal_mode = WAL');
        db.exec('CREATE TABLE t (x)');
        process.stdin.once('data', () => {
          db.exec('INSERT INTO t VALUES (2)');
          db.close();
          process.stdin.destroy();
        });
        process.stdout.write('open\n');
      },
      [path],
    );
    await other.says('open');
    inChild(
      (file: string) => {
        const Database = require('ferrolite') as typeof import('ferrolite');
        new Database(file).exec('INSERT INTO t VALUES (1)');
        process.exit(0);
      },
      [path],
    );
    expect(existsSync(`${path}-wal`)).toBe(true);
    other.tell('go on');
    expect(await other.ended).toEqual({ code: 0, signal: null });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(rowsOf(path)).toEqual([1, 2]);
  });

  it.runIf(canMount)('on a full disk keeps the exit code, the rows and the log', () => {
    const directory = openDir();
    const seen = inChild(
      (file: string) => {
        const { spawnSync } = require('node:child_process') as typeof import('node:child_process');
        const fs = require('node:fs') as typeof import('node:fs');
        const script = `
          const db = new (require('ferrolite'))(${JSON.stringify(file)});
          db.pragma('journal_mode = WAL');
          db.pragma('wal_autocheckpoint = 0');
          db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(1000000))');
          const fd = require('node:fs').openSync(${JSON.stringify(`${file}-filler`)}, 'w');
          try { for (;;) require('node:fs').writeSync(fd, Buffer.alloc(4096)); } catch {}
          process.exit(3);`;
        const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
        const hasLog = fs.existsSync(`${file}-wal`);
        fs.unlinkSync(`${file}-filler`);
        const Database = require('ferrolite') as typeof import('ferrolite');
        const length: unknown = new Database(file).prepare('SELECT length(x) FROM t').pluck().get();
        return { status, stderr, hasLog, length };
      },
      [join(directory, 'app.db')],
      { prefix: onTmpfs(directory, 4096) },
    );
    expect(seen).toEqual({ status: 3, stderr: '', hasLog: true, length: 1_000_000 });
  });
});
