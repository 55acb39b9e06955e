// A template that is open: the copy has what is committed, and the template stays as it is.
import { chmodSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { createFixtureDb } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { inChild, tryInChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { rowsOf, templateFile } from './support.mts';

const directory = tempDir();
const IN_WAL = 'PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;';

async function rowsOfCopy(template: string): Promise<unknown[]> {
  const fixture = await createFixtureDb({ template, directory });
  try {
    return rowsOf(fixture.db);
  } finally {
    fixture.close();
  }
}

/** Tries to write while another process holds a lock. */
function write(path: string): string {
  const other = require('ferrolite');
  try {
    new other(path, { timeout: 0 }).exec('BEGIN IMMEDIATE');
    return 'written';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a template that is open in this process', () => {
  it('is copied with what is in its log', async () => {
    const path = tempDb();
    const db = new Database(path).exec(`${IN_WAL} CREATE TABLE t (a); INSERT INTO t VALUES (1)`);
    expect(await rowsOfCopy(path)).toEqual([1]);
    db.exec('INSERT INTO t VALUES (2)');
    expect(await rowsOfCopy(path)).toEqual([1, 2]);
    db.close();
  });

  it('keeps its locks', async () => {
    const path = templateFile();
    const db = new Database(path).exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (3)');
    expect(await rowsOfCopy(path)).toEqual([1, 2]);
    expect(inChild(write, [path])).toBe('SQLITE_BUSY');
    db.exec('COMMIT').close();
  });

  it('is copied without what is not committed', async () => {
    const path = templateFile(IN_WAL);
    const db = new Database(path).exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (3)');
    expect(await rowsOfCopy(path)).toEqual([1, 2]);
    db.exec('COMMIT');
    expect(await rowsOfCopy(path)).toEqual([1, 2, 3]);
    db.close();
  });
});

describe('a template that is open in another process', () => {
  it('is copied with what is in its log', async () => {
    const path = templateFile();
    const holder = await hold('ferrolite', path, `${IN_WAL} INSERT INTO t VALUES (3)`);
    expect(await rowsOfCopy(path)).toEqual([1, 2, 3]);
    await holder.release();
  });
});

describe('a template whose last user was killed', () => {
  it('is copied with what is in its log, and neither the file nor the log changes', async () => {
    const path = templateFile();
    const die = (file: string): void => {
      const other = require('ferrolite');
      new other(file).exec(
        'PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (3)',
      );
      process.kill(process.pid, 'SIGKILL');
    };
    expect(tryInChild(die, [path]).signal).toBe('SIGKILL');
    const before = [readFileSync(path), readFileSync(`${path}-wal`)];
    expect(await rowsOfCopy(path)).toEqual([1, 2, 3]);
    expect([readFileSync(path), readFileSync(`${path}-wal`)]).toEqual(before);
  });
});

describe('a template that nobody has open', () => {
  it.each(['', 'PRAGMA journal_mode = wal'])('stays as it is, without files beside it: %s', async (sql) => {
    const path = templateFile(sql);
    const before = readFileSync(path);
    expect(await rowsOfCopy(path)).toEqual([1, 2]);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it.runIf(process.getuid?.() === 0)('may lie in WAL mode where nothing can be written', () => {
    const path = templateFile('PRAGMA journal_mode = wal');
    chmodSync(dirname(path), 0o555);
    chmodSync(path, 0o444);
    // The folder of all temporary files of this test.
    chmodSync(join(path, '../..'), 0o711);
    const copy = async (template: string, place: string): Promise<unknown> => {
      const fixtures = require('ferrolite/testing');
      process.setuid?.(65534);
      const fixture = await fixtures.createFixtureDb({ template, directory: place });
      return fixture.db.prepare('SELECT count(*) FROM t').pluck().get();
    };
    const place = tempDir();
    chmodSync(place, 0o777);
    expect(inChild(copy, [path, place])).toBe(2);
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });
});
