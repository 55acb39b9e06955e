// import and export: from and to files, pipes, what is wrong with a row, what is left behind.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { database, ferrolite, parsed, start } from './support.mts';

const CITIES = 'CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, area REAL)';

function written(name: string, text: string): string {
  const file = join(tempDir(), name);
  writeFileSync(file, text);
  return file;
}

const rowsOf = (path: string, sql = 'SELECT * FROM city'): unknown[] => {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare(sql).safeIntegers().raw().all();
  db.close();
  return rows;
};

describe('import', () => {
  it('inserts a CSV file', () => {
    const path = database(CITIES);
    const file = written('city.csv', 'name,area\nBern,51.6\n"Basel, city",\n');
    const { status, stdout, stderr } = ferrolite(['import', 'city', file, '--db', path]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^done: 2 rows \(\d+ ms\)\n$/);
    expect(rowsOf(path)).toEqual([
      [1n, 'Bern', 51.6],
      [2n, 'Basel, city', null],
    ]);
  });

  it('reads standard input, other separators and names of columns', () => {
    const path = database(CITIES);
    const args = [
      'import',
      'city',
      '--db',
      path,
      '--no-header',
      '--columns',
      'area,name',
      '--separator',
      ';',
    ];
    const run = ferrolite([...args, '--null-text', '-', '--json'], { input: '51.6;Bern\n-;Basel\n' });
    expect(parsed(run)).toMatchObject({
      database: path,
      table: 'city',
      rows: 2,
      changes: 2,
      transactions: 1,
    });
    expect(rowsOf(path, 'SELECT name, area FROM city')).toEqual([
      ['Bern', 51.6],
      ['Basel', null],
    ]);
  });

  it('inserts NDJSON, with its numbers as they are', () => {
    const path = database(CITIES);
    const file = written(
      'city.ndjson',
      '{"id":1,"name":"a","area":5}\n\n{"id":9007199254740993,"name":null,"area":1e999}',
    );
    expect(ferrolite(['import', 'city', file, '--db', path]).status).toBe(0);
    expect(rowsOf(path)).toEqual([
      [1n, 'a', 5],
      [9007199254740993n, null, Infinity],
    ]);
  });

  it('says which line is wrong, and leaves nothing behind: status 2', () => {
    const path = database(CITIES);
    const refused = ferrolite(['import', 'city', '--db', path], { input: 'id,name\n1,a\n1,b\n' });
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain(
      'FERROLITE_ROW: The row at line 3 was refused: UNIQUE constraint failed: city.id',
    );
    const short = ferrolite(['import', 'city', '--db', path], { input: 'id,name\n1,a\n2\n' });
    expect(short.stderr).toContain('The row at line 3 ');
    const json = ferrolite(['import', 'city', '-f', 'ndjson', '--db', path], {
      input: '{"id":1}\n{"id":2\n',
    });
    expect(json.stderr).toContain('Line 2 is no JSON: ');
    const list = ferrolite(['import', 'city', '-f', 'ndjson', '--db', path], { input: '[1]\n' });
    expect(list.stderr).toContain('Line 1 is no object');
    expect(rowsOf(path)).toEqual([]);
  });

  it('keeps what was committed before with --commit-every, and passes over conflicts', () => {
    const path = database(CITIES);
    const input = 'id,name\n1,a\n2,b\n3,c\n3,d\n';
    expect(ferrolite(['import', 'city', '--db', path, '--commit-every', '2'], { input }).status).toBe(2);
    expect(rowsOf(path, 'SELECT id FROM city')).toEqual([[1n], [2n]]);
    const run = ferrolite(['import', 'city', '--db', path, '--on-conflict', 'ignore'], { input });
    expect(run.stdout).toMatch(/^done: 1 row, 3 rows passed over \(\d+ ms\)\n$/);
  });

  it('needs a table and a file that exist: status 2', () => {
    const path = database(CITIES);
    expect(ferrolite(['import', 'none', '--db', path], { input: 'a\n1\n' }).stderr).toContain(
      'FERROLITE_NO_TABLE',
    );
    expect(ferrolite(['import', 'city', join(tempDir(), 'none.csv'), '--db', path]).stderr).toContain(
      'There is no file',
    );
    expect(ferrolite(['import', 'city', tempDir(), '--db', path]).stderr).toContain('is a directory');
    expect(ferrolite(['import', '--db', path]).stderr).toContain('<table> is missing');
  });

  it('undoes what it has inserted on Ctrl-C', async () => {
    const path = database(CITIES);
    const run = start(['import', 'city', '-', '--db', path], 'pipe');
    run.process.stdin?.on('error', () => {});
    run.process.stdin?.write('name\n');
    const other = new Database(path, { timeout: 0 });
    const isFree = (): boolean => {
      try {
        other.exec('BEGIN IMMEDIATE; ROLLBACK');
        return true;
      } catch {
        return false;
      }
    };
    // It has begun its transaction when nobody else can.
    while (isFree()) {
      run.process.stdin?.write('a name\n'.repeat(1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toBe('ferrolite: cancelled by Ctrl-C. Nothing was imported.\n');
    expect(other.prepare('SELECT count(*) FROM city').pluck().get()).toBe(0);
    other.close();
  });
});

describe('export', () => {
  const FILLED = `${CITIES}; INSERT INTO city VALUES (1, 'Bern', 51.6), (2, '', NULL), (9007199254740993, 'a,"b', -1)`;

  it('writes a table to standard output', () => {
    const path = database(FILLED);
    expect(ferrolite(['export', 'city', '--db', path])).toEqual({
      status: 0,
      stdout: 'id,name,area\n1,Bern,51.6\n2,"",\n9007199254740993,"a,""b",-1\n',
      stderr: '',
    });
    const ndjson = ferrolite(['export', 'city', '--db', path, '-f', 'ndjson']).stdout.split('\n');
    expect(ndjson[2]).toBe('{"id":9007199254740993,"name":"a,\\"b","area":-1}');
  });

  it('writes the rows of a query, without a header, with another separator', () => {
    const args = [
      '--sql',
      "SELECT name, x'00ff' FROM city WHERE id < :id",
      '-p',
      ':id=2',
      '--no-header',
      '--hex',
    ];
    const run = ferrolite(['export', '--db', database(FILLED), ...args, '--separator', '\t']);
    expect(run).toMatchObject({ status: 0, stdout: 'Bern\t00ff\n' });
  });

  it('writes a file, whose name decides the format, and replaces none unless it is told to', () => {
    const path = database(FILLED);
    const file = join(tempDir(), 'city.ndjson');
    const first = ferrolite(['export', 'city', '--db', path, '--output', file]);
    expect([first.status, first.stdout]).toEqual([0, '']);
    expect(first.stderr).toMatch(/city\.ndjson: \d+ bytes \(\d+ ms\)\n$/);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"id":1,/);
    expect(ferrolite(['export', 'city', '--db', path, '-o', file]).stderr).toContain(
      'exists: --force replaces it',
    );
    expect(ferrolite(['export', 'city', '--db', path, '-o', file, '--force', '-f', 'csv']).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^id,name/);
  });

  it('is read again by import', () => {
    const path = database(FILLED);
    for (const format of ['csv', 'ndjson']) {
      const { stdout } = ferrolite(['export', 'city', '--db', path, '-f', format]);
      const copy = database(CITIES);
      expect(ferrolite(['import', 'city', '--db', copy, '-f', format], { input: stdout }).status).toBe(0);
      expect(rowsOf(copy)).toEqual(rowsOf(path));
    }
  });

  it('leaves no file behind when it fails or is cancelled', async () => {
    const path = database(FILLED);
    const file = join(tempDir(), 'out.csv');
    const bad = ferrolite([
      'export',
      '--db',
      path,
      '-o',
      file,
      '--sql',
      'SELECT abs(-9223372036854775808) FROM city',
    ]);
    expect(bad.status).toBe(2);
    const endless = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
    const run = start(['export', '--db', path, '-o', file, '--sql', endless]);
    while (readdirSync(dirname(file)).length === 0) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toBe('ferrolite: cancelled by Ctrl-C. No file was written.\n');
    expect(readdirSync(dirname(file))).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('needs a table or a query that gives rows: status 2', () => {
    const path = database(FILLED);
    const said = (...args: string[]): string => ferrolite(['export', '--db', path, ...args]).stderr;
    expect(said()).toContain('Expected either a table or --sql');
    expect(said('city', '--sql', 'SELECT 1')).toContain('Expected either a table or --sql');
    expect(said('none')).toContain('no such table: none');
    expect(said('--sql', 'DELETE FROM city')).toContain('gives no rows');
    expect(said('--sql', 'SELECT 1 AS a, 2 AS a')).toContain('Two columns are called "a"');
  });
});
