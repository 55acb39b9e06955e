// A private copy of a template: what it holds, where it lies, how it ends.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { getDb, type default as Database } from 'ferrolite';
import { createFixtureDb, prepareTemplate, type FixtureDb } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { copiesIn, rowsOf, templateFile } from './support.mts';

const directory = tempDir();
const build = ({ db }: { db: Database.Database }): unknown =>
  db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)');
const create = (options = {}): Promise<FixtureDb> => createFixtureDb({ build, directory, ...options });

describe('createFixtureDb()', () => {
  it('gives a copy that nobody else sees', async () => {
    const [one, two] = [await create(), await create()];
    one.db.exec('DELETE FROM t');
    expect(rowsOf(one.db)).toEqual([]);
    expect(rowsOf(two.db)).toEqual([1, 2]);
    expect(one.path).not.toBe(two.path);
    one.close();
    two.close();
    expect(copiesIn(directory)).toEqual([]);
  });

  it('opens the copy when db is read, and not before', async () => {
    const fixture = await create({ template: templateFile('PRAGMA journal_mode = wal'), build: undefined });
    expect(readdirSync(dirname(fixture.path))).toEqual(['test.db']);
    expect(rowsOf(fixture.db)).toEqual([1, 2]);
    expect(readdirSync(dirname(fixture.path))).toContain('test.db-wal');
    fixture.close();
  });

  it('keeps the journal mode of the template', async () => {
    const inWal = await create({
      build: ({ db }: { db: Database.Database }) => db.pragma('journal_mode = wal'),
    });
    expect(inWal.db.pragma('journal_mode', { simple: true })).toBe('wal');
    inWal.close();
    const inRollback = await create();
    expect(inRollback.db.pragma('journal_mode', { simple: true })).toBe('delete');
    inRollback.close();
  });

  it('keeps row ids, free pages and the settings in the header', async () => {
    const template = templateFile('DELETE FROM t WHERE a = 1; PRAGMA user_version = 7');
    const fixture = await createFixtureDb({ template, directory });
    expect(fixture.db.prepare('SELECT rowid FROM t').pluck().get()).toBe(2);
    expect(fixture.db.pragma('user_version', { simple: true })).toBe(7);
    expect(statSync(fixture.path).size).toBe(statSync(template).size);
    fixture.close();
  });

  it('opens with the options and the pragmas that it is given', async () => {
    const fixture = await create({ options: { readonly: true }, pragmas: { cache_size: -123 } });
    expect(fixture.db.readonly).toBe(true);
    expect(fixture.db.pragma('cache_size', { simple: true })).toBe(-123);
    expect(fixture.db.pragma('synchronous', { simple: true })).toBe(0);
    fixture.close();
    const durable = await create({ pragmas: { synchronous: 'full' } });
    expect(durable.db.pragma('synchronous', { simple: true })).toBe(2);
    durable.close();
  });

  it('applies migrations and then build to a template', async () => {
    const fixture = await createFixtureDb({
      template: templateFile(),
      build: ({ db }) => db.exec('INSERT INTO t VALUES (3)'),
      directory,
    });
    expect(rowsOf(fixture.db)).toEqual([1, 2, 3]);
    fixture.close();
  });
});

describe('createFixtureDb() in memory', () => {
  it('gives a copy that needs no file', async () => {
    const fixture = await create({ memory: true });
    expect(fixture.path).toBe(':memory:');
    expect(fixture.db.memory).toBe(true);
    expect(rowsOf(fixture.db)).toEqual([1, 2]);
    expect(copiesIn(directory)).toEqual([]);
    const { db } = fixture;
    fixture.close();
    expect(db.open).toBe(false);
  });

  it('takes a template in WAL mode', async () => {
    const template = templateFile('PRAGMA journal_mode = wal');
    const fixture = await createFixtureDb({ template, memory: true, directory });
    fixture.db.exec('INSERT INTO t VALUES (3)');
    expect(rowsOf(fixture.db)).toEqual([1, 2, 3]);
    fixture.close();
  });

  it('gives copies that nobody else sees', async () => {
    const template = await prepareTemplate({ build, directory });
    const [one, two] = [template.createDb({ memory: true }), template.createDb({ memory: true })];
    one.db.exec('DELETE FROM t');
    expect(rowsOf(two.db)).toEqual([1, 2]);
    one.close();
    two.close();
  });
});

describe('close()', () => {
  it('closes the connection, and removes the copy with everything beside it', async () => {
    const fixture = await create();
    const { db, path } = fixture;
    db.pragma('journal_mode = wal');
    db.exec('INSERT INTO t VALUES (3)');
    expect(readdirSync(dirname(path)).length).toBeGreaterThan(1);
    fixture.close();
    expect(db.open).toBe(false);
    expect(existsSync(dirname(path))).toBe(false);
    fixture.close();
    expect(() => fixture.db).toThrow('The fixture is closed');
  });

  it('closes what getDb() has opened of the copy', async () => {
    const fixture = await create();
    const app = getDb(fixture.path);
    expect(rowsOf(app)).toEqual([1, 2]);
    fixture.close();
    expect(app.open).toBe(false);
    expect(existsSync(fixture.path)).toBe(false);
  });

  it('removes the copy also while rows are being iterated, and says that it could not close', async () => {
    const fixture = await create();
    const rows = fixture.db.prepare('SELECT a FROM t').iterate();
    rows.next();
    expect(() => fixture.close()).toThrow('This database connection is busy executing a query');
    expect(existsSync(fixture.path)).toBe(false);
    rows.return?.();
  });

  it('is what the end of a using block calls', async () => {
    const fixture = await create();
    fixture[Symbol.dispose]();
    expect(existsSync(fixture.path)).toBe(false);
    const other = await create();
    await other[Symbol.asyncDispose]();
    expect(existsSync(other.path)).toBe(false);
  });
});
