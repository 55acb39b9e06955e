// query: what is printed in each format, what may be written, what is given through standard input.
import { existsSync } from 'node:fs';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { database, ferrolite } from './support.mts';

const CITIES = `CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, area REAL, flag BLOB);
  INSERT INTO city VALUES (1, 'Bern', 51.6, NULL), (2, 'Zürich', -5, x'0102'), (9007199254740993, '日本', 1e999, NULL)`;

const query = (path: string, ...args: string[]): ReturnType<typeof ferrolite> =>
  ferrolite(['query', '--db', path, ...args]);

describe('formats', () => {
  it('a table aligns columns, numbers to the right, wide letters too', () => {
    expect(query(database(CITIES), 'SELECT * FROM city')).toEqual({
      status: 0,
      stderr: '',
      stdout: [
        '              id  name        area  flag',
        '----------------  ------  --------  -------',
        '               1  Bern        51.6  NULL',
        "               2  Zürich        -5  x'0102'",
        '9007199254740993  日本    Infinity  NULL',
        '3 rows',
        '',
      ].join('\n'),
    });
  });

  it('a table without rows says so', () => {
    expect(query(database(CITIES), 'SELECT * FROM city WHERE 0').stdout).toBe('0 rows\n');
  });

  it('a table shows what would command a terminal', () => {
    const path = database(
      "CREATE TABLE t (v); INSERT INTO t VALUES (char(27) || '[31mred' || char(10, 155, 8238))",
    );
    expect(query(path, 'SELECT v FROM t').stdout).toContain(String.raw`\u001b[31mred\n\u009b\u202e`);
    expect(query(path, 'SELECT v AS "a\nb" FROM t').stdout).toContain('a\\nb\n');
  });

  it('JSON is an array with a row on each line, integers whole', () => {
    const { stdout } = query(database(CITIES), '--json', 'SELECT * FROM city');
    expect(stdout.split('\n')).toEqual([
      '[',
      '{"id":1,"name":"Bern","area":51.6,"flag":null},',
      '{"id":2,"name":"Zürich","area":-5,"flag":"AQI="},',
      '{"id":9007199254740993,"name":"日本","area":9e999,"flag":null}',
      ']',
      '',
    ]);
    expect(query(database(CITIES), '-f', 'json', 'SELECT * FROM city WHERE 0').stdout).toBe('[]\n');
  });

  it('NDJSON is an object on each line', () => {
    const { stdout } = query(database(CITIES), '-f', 'ndjson', 'SELECT id FROM city WHERE id < 3');
    expect(stdout).toBe('{"id":1}\n{"id":2}\n');
    expect(query(database(CITIES), '-f', 'ndjson', 'SELECT id FROM city WHERE 0').stdout).toBe('');
  });

  it('CSV quotes what needs it, and tells NULL from an empty text', () => {
    const path = database(`CREATE TABLE t (a, b, c); INSERT INTO t VALUES ('a,"b', NULL, ''), ('x
y', 1, x'00')`);
    expect(query(path, '-f', 'csv', 'SELECT * FROM t').stdout).toBe('a,b,c\n"a,""b",,""\n"x\ny",1,AA==\n');
    expect(query(path, '-f', 'csv', 'SELECT * FROM t WHERE 0').stdout).toBe('a,b,c\n');
  });

  it('columns of one name stay apart, but for objects', () => {
    const path = database(CITIES);
    expect(query(path, '-f', 'csv', 'SELECT 1 AS a, 2 AS a').stdout).toBe('a,a\n1,2\n');
    const { status, stderr } = query(path, '--json', 'SELECT 1 AS a, 2 AS a');
    expect(status).toBe(2);
    expect(stderr).toContain('Two columns are called "a"');
  });

  it('gives as many rows as there are', () => {
    const sql =
      'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n';
    const lines = query(database(CITIES), '-f', 'csv', sql).stdout.split('\n');
    expect([lines.length, lines[20_000]]).toEqual([20_002, '20000']);
    expect(query(database(CITIES), sql).stdout).toMatch(/\n20000\n20,000 rows\n$/);
  });
});

describe('beside an application', () => {
  it('reads what only its log has', async () => {
    const path = database(CITIES);
    const application = await hold('ferrolite', path, "INSERT INTO city (name) VALUES ('Chur')");
    expect(query(path, '-f', 'csv', 'SELECT count(*) AS n FROM city')).toEqual({
      status: 0,
      stdout: 'n\n4\n',
      stderr: '',
    });
    await application.release();
  });
});

describe('parameters', () => {
  it('are numbers, null and texts', () => {
    const args = ['-p', '7', '-p', '1.5', '-p', 'null', '-p', '"7"', '-p', 'abc', '-p', '9007199254740993'];
    const sql = 'SELECT json_array(?, ?, ?, ?, ?, ?) AS v';
    expect(query(database(), '-f', 'csv', sql, ...args).stdout).toBe(
      'v\n"[7,1.5,null,""7"",""abc"",9007199254740993]"\n',
    );
  });

  it('have names', () => {
    const sql = 'SELECT :a || @b AS v';
    expect(query(database(), '-f', 'csv', sql, '-p', ':a=x=', '-p', '@b="1"').stdout).toBe('v\nx=1\n');
    expect(query(database(), sql, '-p', ':a=1').status).toBe(2);
  });
});

describe('standard input', () => {
  it('has the SQL where there is no argument, or -', () => {
    const input = '-- a report\nSELECT 1 AS one;\n';
    expect(ferrolite(['query', '--db', database(), '-f', 'csv'], { input }).stdout).toBe('one\n1\n');
    expect(ferrolite(['query', '-', '--db', database(), '-f', 'csv'], { input }).stdout).toBe('one\n1\n');
    expect(ferrolite(['query', '--db', database()]).stderr).toContain('contains no statements');
  });
});

describe('writing', () => {
  it('needs --write: status 2', () => {
    const path = database(CITIES);
    const { status, stdout, stderr } = query(path, 'DELETE FROM city');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--write lets it');
    expect(query(path, 'DELETE FROM city RETURNING id').status).toBe(2);
    expect(query(path, 'SELECT count(*) AS n FROM city', '-f', 'csv').stdout).toBe('n\n3\n');
    expect(query(`file:${path}?mode=ro`, '--write', 'DELETE FROM city').stderr).toContain(
      'named for reading only',
    );
  });

  it('says how many rows were changed', () => {
    const path = database(CITIES);
    expect(query(path, '-w', 'UPDATE city SET area = 0 WHERE id < 3').stdout).toBe('2 rows changed\n');
    expect(query(path, '-w', '--json', 'DELETE FROM city WHERE id = 1').stdout).toBe('{"changes":1}\n');
    expect(query(path, '-w', '-f', 'csv', 'DELETE FROM city WHERE id = 2 RETURNING name').stdout).toBe(
      'name\nZürich\n',
    );
  });

  it('keeps the journal mode of the file', () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (v)').close();
    expect(query(path, '-w', 'INSERT INTO t VALUES (1)').status).toBe(0);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(query(path, '-f', 'csv', 'PRAGMA journal_mode').stdout).toBe('journal_mode\ndelete\n');
  });

  it('executes a script whole, or nothing of it', () => {
    const path = database(CITIES);
    const good = 'CREATE TABLE a (v); INSERT INTO a VALUES (1); -- end\n';
    expect(ferrolite(['query', '--db', path], { input: good }).stderr).toContain(
      'only --write executes several',
    );
    expect(ferrolite(['query', '-w', '--db', path], { input: good }).stdout).toMatch(/^done \(\d+ ms\)\n$/);
    const bad = 'INSERT INTO a VALUES (2); INSERT INTO a VALUES (1, 2);';
    expect(ferrolite(['query', '-w', '--db', path], { input: bad })).toMatchObject({ status: 2, stdout: '' });
    expect(query(path, '-f', 'csv', 'SELECT v FROM a').stdout).toBe('v\n1\n');
  });

  it('is busy while another process writes: status 1', async () => {
    const path = database(CITIES);
    const writer = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    const { status, stderr } = query(path, '-w', '--busy-timeout-ms', '10', 'DELETE FROM city');
    expect([status, stderr]).toEqual([1, 'ferrolite: SQLITE_BUSY: database is locked\n']);
    expect(query(path, 'SELECT 1').status).toBe(0);
    await writer.release();
  });
});

describe('errors', () => {
  it('of the SQL have status 2', () => {
    const { status, stderr } = query(database(), 'SELECT * FROM none');
    expect([status, stderr]).toEqual([2, 'ferrolite: SQLITE_ERROR: no such table: none\n']);
  });

  it('--timeout-ms gives the statement up', () => {
    const sql = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const { status, stderr } = query(database(), '--timeout-ms', '50', sql);
    expect(status).toBe(2);
    expect(stderr).toContain('FERROLITE_TIMEOUT');
  });
});
