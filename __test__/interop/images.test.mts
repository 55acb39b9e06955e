// Images of databases against the files of the sqlite3 shell.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ferrolite } from '../helpers/drivers.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { hasShell } from '../helpers/sound-files.mts';
import { SCHEMA } from './schema.mts';

const CONTENT = 'SELECT count(*), sum(length(bytes)), max(text) FROM t';

function shell(path: string, sql: string): string {
  const { stdout, stderr } = spawnSync('sqlite3', [path, sql], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe.skipIf(!hasShell)('images', () => {
  it('are files that the sqlite3 shell reads, with a clean integrity check', () => {
    const db = ferrolite.memory(SCHEMA);
    const path = tempDb('image');
    writeFileSync(path, db.serialize());
    expect(shell(path, `${CONTENT}; PRAGMA integrity_check`)).toBe(
      `${(db.prepare(CONTENT).raw().get() as unknown[]).join('|')}\nok\n`,
    );
  });

  it('are files that the sqlite3 shell has written', () => {
    const path = tempDb('shell');
    shell(path, SCHEMA);
    const db = new ferrolite.Database(readFileSync(path));
    expect(`${(db.prepare(CONTENT).raw().get() as unknown[]).join('|')}\n`).toBe(shell(path, CONTENT));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });
});
