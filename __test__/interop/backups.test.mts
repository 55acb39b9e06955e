// Backups are files like any other: other libraries and the sqlite3 shell read them, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ferrolite, type Database } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';
import { hasShell } from '../helpers/sound-files.mts';
import { SCHEMA } from './schema.mts';

const CONTENT =
  "SELECT count(*) || ' ' || sum(length(bytes)) || ' ' || max(text) || ' ' || (SELECT word FROM words WHERE words MATCH 'hello') AS line FROM t";

/** Runs in a child. */
function readWith(library: string, path: string, queries: readonly string[]): unknown[] {
  const Database = library === 'node:sqlite' ? require('node:sqlite').DatabaseSync : require(library);
  const db = new Database(path);
  const lines = queries.map((sql) => Object.values(db.prepare(sql).get() as object)[0]);
  db.close();
  return lines;
}

function sourceOf(kind: string): Database {
  const db = kind === 'memory' ? ferrolite.memory() : ferrolite.onDisk();
  if (kind === 'wal') db.pragma('journal_mode = WAL');
  if (kind === 'small pages') db.pragma('page_size = 512');
  return db.exec(SCHEMA);
}

describe.each(['memory', 'file', 'wal', 'small pages'])('a backup of a database (%s)', (kind) => {
  it('reads the same elsewhere, with a clean integrity check', async () => {
    const db = sourceOf(kind);
    const path = ferrolite.path();
    await db.backup(path, { progress: () => 7 });
    db.close();
    const expected = [sourceOf('memory').prepare(CONTENT).pluck().get(), 'ok'];
    const queries = [CONTENT, 'PRAGMA integrity_check'];
    for (const library of ['ferrolite', 'better-sqlite3', 'node:sqlite']) {
      expect([library, ...inChild(readWith, [library, path, queries])]).toEqual([library, ...expected]);
    }
    if (hasShell) {
      const shell = spawnSync('sqlite3', [path, queries.join('; ')], { encoding: 'utf8' });
      expect([shell.stderr, shell.stdout]).toEqual(['', `${expected.join('\n')}\n`]);
    }
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });
});
