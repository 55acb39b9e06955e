// Files that one driver writes and the others read: each in a process of its own, because two
// SQLite libraries in one process lose each other's locks.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { hasShell } from '../helpers/sound-files.mts';

type Library = 'ferrolite' | 'better-sqlite3' | 'node:sqlite';

const LIBRARIES: readonly Library[] = ['ferrolite', 'better-sqlite3', 'node:sqlite'];

const SCHEMA = `
  PRAGMA journal_mode = wal;
  CREATE TABLE kinds (id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, n);
  CREATE INDEX by_text ON kinds (t);
  CREATE TABLE strict_one (a INTEGER, b ANY) STRICT;
  CREATE VIRTUAL TABLE words USING fts5 (word);
  INSERT INTO kinds (i, r, t, b, n) VALUES
    (-9223372036854775808, 1e300, 'plain', x'00ff10', NULL), (9223372036854775807, -0.0, '', x'', 5),
    (0, 9e999, 'nul' || char(0) || 'byte', zeroblob(10000), 'grüße 東京 👩‍🚀');
  INSERT INTO strict_one VALUES (1, 'x'), (2, 2.5);
  INSERT INTO words VALUES ('hello world'), ('goodbye');
  WITH RECURSIVE c (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 3000)
    INSERT INTO kinds (i, t) SELECT n, 'row ' || n FROM c;
  DELETE FROM kinds WHERE id % 7 = 0;
`;

// One text per row with everything in it, so that every reader gives the same whatever its types are,
// without what versions of SQLite quote differently: infinities and NUL bytes.
const CONTENT = `SELECT id || ' ' || quote(i) || ' ' || printf('%!.15g', r) || ' ' || typeof(t) || hex(t) || ' ' || quote(b) || ' '
    || quote(n) AS line FROM kinds UNION ALL SELECT a || quote(b) FROM strict_one
    UNION ALL SELECT word FROM words WHERE words MATCH 'hello' ORDER BY 1`;

/** Runs in a child: its parameters and globals are all it has. */
function useLibrary(library: string, path: string, script: string, query: string): string[] {
  const open = (): {
    exec(sql: string): unknown;
    prepare(sql: string): { all(): unknown[] };
    close(): void;
  } => {
    if (library === 'node:sqlite') return new (require('node:sqlite').DatabaseSync)(path);
    return new (require(library))(path);
  };
  const db = open();
  if (script !== '') db.exec(script);
  const lines =
    query === ''
      ? []
      : db
          .prepare(query)
          .all()
          .map((row) => String(Object.values(row as object)[0]));
  db.close();
  return lines;
}

const write = (library: Library, path: string): void => void inChild(useLibrary, [library, path, SCHEMA, '']);
const read = (library: Library, path: string, query = CONTENT): string[] =>
  inChild(useLibrary, [library, path, '', query]);

describe.each(LIBRARIES)('a file written by %s', (writer) => {
  const path = tempDb(writer.replace(':', '-'));
  write(writer, path);
  const expected = read(writer, path);

  it('has its content', () => {
    expect(expected.length).toBeGreaterThan(2500);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it.each(LIBRARIES)('reads the same in %s, with a clean integrity check', (reader) => {
    expect(read(reader, path)).toEqual(expected);
    expect(read(reader, path, 'PRAGMA integrity_check')).toEqual(['ok']);
  });

  it.skipIf(!hasShell)('reads the same in the sqlite3 shell, with a clean integrity check', () => {
    const shell = spawnSync('sqlite3', [path, `${CONTENT};`, 'PRAGMA integrity_check;'], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    expect(shell.stderr).toBe('');
    expect(shell.stdout).toBe([...expected, 'ok', ''].join('\n'));
  });
});

describe('a log that another library has left', () => {
  /** Runs in a child, which ends without closing. */
  function leaveLog(library: string, path: string): boolean {
    const db = new (require(library))(path);
    db.exec(
      "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES ('kept')",
    );
    process.kill(process.pid, 'SIGKILL');
    return true;
  }

  it.each([
    ['ferrolite', 'better-sqlite3'],
    ['better-sqlite3', 'ferrolite'],
    ['ferrolite', 'node:sqlite'],
  ] as const)('of %s is recovered by %s', (writer, reader) => {
    const path = tempDb('log');
    expect(() => inChild(leaveLog, [writer, path])).toThrow('SIGKILL');
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(read(reader, path, 'SELECT a FROM t')).toEqual(['kept']);
  });
});

it.skipIf(!hasShell)('a file written by the sqlite3 shell reads the same here', () => {
  const path = tempDb('shell');
  expect(spawnSync('sqlite3', [path, SCHEMA], { encoding: 'utf8' }).stderr).toBe('');
  const shell = spawnSync('sqlite3', [path, `${CONTENT};`], { encoding: 'utf8', maxBuffer: 1e8 });
  expect(read('ferrolite', path)).toEqual(shell.stdout.trimEnd().split('\n'));
  expect(read('ferrolite', path, 'PRAGMA integrity_check')).toEqual(['ok']);
});
