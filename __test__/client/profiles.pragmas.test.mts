import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeDatabase, getDb } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { checkJournalMode } from '../../dist/client/open-connection.js';
import { PROFILE_NAMES, PROFILE_TABLE } from '../../dist/client/profiles.js';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

afterEach(() => closeDatabase());

/** The words of the table as the numbers that SQLite answers with. */
const ANSWERS: Record<string, Record<string, number>> = {
  synchronous: { normal: 1, full: 2 },
  temp_store: { memory: 2 },
};

function answer(pragma: string, value: string | number | boolean): string | number {
  return typeof value === 'string' ? (ANSWERS[pragma]?.[value] ?? value) : Number(value);
}

describe.each(PROFILE_NAMES)('the profile %s', (profile) => {
  it('is what the connection answers', () => {
    const database = getDb(tempDb(), { profile });
    for (const row of PROFILE_TABLE) {
      expect([row.pragma, database.pragma(row.pragma, { simple: true })]).toEqual([
        row.pragma,
        answer(row.pragma, row[profile]),
      ]);
    }
    expect(database.pragma('busy_timeout', { simple: true })).toBe(5000);
  });

  it('is what the documentation says', () => {
    const text = readFileSync(join(projectRoot, 'docs/client.md'), 'utf8');
    for (const row of PROFILE_TABLE) {
      const line = text.split('\n').find((each) => each.startsWith(`| \`${row.pragma}\` `));
      const cells = line?.split('|').map((cell) => cell.trim()) ?? [];
      const shown = cells[2 + PROFILE_NAMES.indexOf(profile)];
      expect([row.pragma, shown]).toEqual([row.pragma, show(row[profile])]);
      expect(cells.at(-2)).toBe(row.reason);
    }
  });
});

function show(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

describe('the default profile', () => {
  it('has the numbers of production', () => {
    const database = getDb(tempDb());
    const answers = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'cache_size'].map(
      (name) => database.pragma(name, { simple: true }),
    );
    expect(answers).toEqual(['wal', 1, 5000, 1, -64_000]);
    expect(database.pragma('journal_size_limit', { simple: true })).toBe(64 * 1024 * 1024);
    expect(database.pragma('mmap_size', { simple: true })).toBe(0);
  });

  it('keeps a file in WAL mode for whoever opens it next', () => {
    const path = tempDb();
    getDb(path);
    closeDatabase(path);
    // The bytes 18 and 19 of a database file are 2 in WAL mode: https://sqlite.org/fileformat.html.
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([2, 2]);
  });
});

describe('the option pragmas', () => {
  it('replaces values of the profile and adds others', () => {
    const database = getDb(tempDb(), {
      profile: 'readHeavy',
      pragmas: { mmap_size: 268_435_456, Foreign_Keys: 'OFF', cell_size_check: true },
    });
    expect(database.pragma('mmap_size', { simple: true })).toBe(268_435_456);
    expect(database.pragma('foreign_keys', { simple: true })).toBe(0);
    expect(database.pragma('cell_size_check', { simple: true })).toBe(1);
    expect(database.pragma('cache_size', { simple: true })).toBe(-256_000);
  });

  it('sets what must stand before the first page before it', () => {
    const path = tempDb();
    const database = getDb(path, { pragmas: { page_size: 8192, auto_vacuum: 'incremental' } });
    database.exec('CREATE TABLE t (x)');
    expect(database.pragma('page_size', { simple: true })).toBe(8192);
    expect(database.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('may choose another journal mode', () => {
    const database = getDb(tempDb(), { pragmas: { journal_mode: 'TRUNCATE' } });
    expect(database.pragma('journal_mode', { simple: true })).toBe('truncate');
  });

  it('may ask for read-only use of a file that is written elsewhere', () => {
    const database = getDb(tempDb(), { pragmas: { query_only: true } });
    expect(() => database.exec('CREATE TABLE t (x)')).toThrow('attempt to write a readonly database');
  });
});

describe('the journal mode', () => {
  it('stays that of a database in memory', () => {
    expect(getDb(':memory:').pragma('journal_mode', { simple: true })).toBe('memory');
  });

  it('is an error when SQLite answers with another one than WAL', () => {
    expect(() => checkJournalMode('wal', 'delete')).toThrow(
      expect.objectContaining({ name: 'FerroliteError', code: 'FERROLITE_NO_WAL' }) as Error,
    );
    expect(() => checkJournalMode('wal', 'delete')).toThrow('keeps the journal mode "delete"');
    checkJournalMode('wal', 'wal');
    checkJournalMode('delete', 'delete');
  });

  it('is taken as it is by a read-only connection', () => {
    const path = tempDb();
    getDb(path, { pragmas: { journal_mode: 'delete' } }).exec('CREATE TABLE t (x)');
    closeDatabase(path);
    const reader = getDb(path, { readonly: true });
    expect(reader.pragma('journal_mode', { simple: true })).toBe('delete');
    expect(reader.pragma('foreign_keys', { simple: true })).toBe(1);
  });
});
