// importCsv() and exportRows(): what a file says arrives, what is in a table is written, and malformed files are refused.
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportRows, importCsv, insertMany, type CsvSource, type ImportCsvOptions } from 'ferrolite/ops';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeDrivers } from '../helpers/drivers.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { poolWith, until } from '../pool/support.mts';

const SCHEMA = 'CREATE TABLE t (a INTEGER, b TEXT, c REAL)';

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

/** A text in pieces of one byte. */
function* bytewise(text: string): Generator<Uint8Array> {
  for (const byte of Buffer.from(text)) yield Uint8Array.of(byte);
}

describeDrivers('importCsv() on a connection', (driver) => {
  const open = (schema = SCHEMA): any => {
    const db: any = new driver.Database(tempDb());
    onTestFinished(() => void db.close());
    return db.exec(schema);
  };
  const rows = (db: any): unknown[] => db.prepare('SELECT * FROM t').raw().all();

  it.each([
    ['lines that end with CRLF', 'a,b,c\r\n1,x,2.5\r\n', [[1, 'x', 2.5]]],
    ['lines that end with LF, the last without', 'a,b,c\n1,x,2.5', [[1, 'x', 2.5]]],
    [
      'lines that end with CR',
      'a,b,c\r1,x,2.5\r2,y,3',
      [
        [1, 'x', 2.5],
        [2, 'y', 3],
      ],
    ],
    ['quoted fields', '"a","b","c"\n"1","x, ""y""\r\nz","2"\n', [[1, 'x, "y"\r\nz', 2]]],
    [
      'NULL and empty texts',
      'a,b,c\n,"",\n,,\n',
      [
        [null, '', null],
        [null, null, null],
      ],
    ],
    [
      'empty lines',
      'a,b,c\n\n1,x,2\n\n\n2,y,3\n\n',
      [
        [1, 'x', 2],
        [2, 'y', 3],
      ],
    ],
    ['columns in another order', 'c,a\n1,2\n', [[2, null, 1]]],
    ['a mark of the byte order', '\ufeffa,b,c\n1,x,2\n', [[1, 'x', 2]]],
    ['characters of several bytes', 'a,b,c\n1,"grün 日本 😀",2\n', [[1, 'grün 日本 😀', 2]]],
    ['a header alone', 'a,b,c\n', []],
    ['nothing', '', []],
  ])('reads %s', async (_, text, expected) => {
    for (const source of [[text], text.split(''), bytewise(text)]) {
      const db = open();
      const { rows: count } = await importCsv(db, 't', source);
      expect(rows(db)).toEqual(expected);
      expect(count).toBe(expected.length);
    }
  });

  it('reads other separators, quotes and texts for NULL, and files without a header', async () => {
    const db = open();
    const options: ImportCsvOptions = { header: false, separator: '\t', quote: "'", nullText: '\\N' };
    await importCsv(db, 't', ["1\t'x\ty'\t\\N\n2\t\t'1'\n"], options);
    await importCsv(db, 't', ['only\n'], { header: false, columns: ['b'] });
    await importCsv(db, 't', ['x,y\n7,8\n'], { columns: ['b', 'a'] });
    expect(rows(db)).toEqual([
      [1, 'x\ty', null],
      [2, '', 1],
      [null, 'only', null],
      [8, '7', null],
    ]);
  });

  it('reads an empty line as a NULL where there is one column', async () => {
    const db = open('CREATE TABLE t (a)');
    await importCsv(db, 't', ['a\nx\n\ny\n']);
    expect(rows(db)).toEqual([['x'], [null], ['y']]);
  });

  it.each([
    ['too few fields', 'a,b,c\n1,x,2\n1,2\n', 'The row at line 3 has 2 values for 3 columns (a, b, c)'],
    [
      'too many fields',
      'a,b,c\n1,"\n\n",2\n1,2,3,4\n',
      'The row at line 5 has 4 values for 3 columns (a, b, c)',
    ],
    ['an open quote', 'a,b,c\n1,x,2\n1,"x,2\n3', 'The row at line 3 has a quoted field without an end'],
    [
      'a quote in the middle',
      'a,b,c\n1,x"y",2\n',
      'The row at line 2 has a quote within a field that does not begin with one',
    ],
    [
      'text behind a quote',
      'a,b,c\n1,"x"y,2\n',
      'The row at line 2 has text behind the end of a quoted field',
    ],
    ['an unknown column', 'a,x\n1,2\n', 'Wrong header: "x" is no column of "t" (its columns are a, b, c)'],
    ['a column twice', 'a,a\n1,2\n', 'Wrong header: "a" is named twice'],
  ])('refuses %s, and inserts nothing', async (_, text, message) => {
    const db = open();
    await expect(importCsv(db, 't', [text])).rejects.toThrow(message);
    await expect(importCsv(db, 't', bytewise(text))).rejects.toThrow(message);
    expect(rows(db)).toEqual([]);
  });

  it('refuses what is no UTF-8, and says the line of a row that SQLite refuses', async () => {
    const db = open('CREATE TABLE t (a INTEGER PRIMARY KEY, b)');
    const bytes = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.of(0xff), Buffer.from('\n')]);
    await expect(importCsv(db, 't', [bytes])).rejects.toMatchObject({
      name: 'RowError',
      code: 'FERROLITE_ROW',
    });
    const lines = Array.from({ length: 3000 }, (_, index) => `${index === 2500 ? 7 : index},"x\ny"\n`);
    await expect(importCsv(db, 't', ['a,b\n', ...lines])).rejects.toMatchObject({
      message: 'The row at line 5002 was refused: UNIQUE constraint failed: t.a',
      row: 2500,
      line: 5002,
    });
    expect(rows(db)).toEqual([]);
  });

  it('takes streams in bounded transactions', async () => {
    const db = open();
    const file = join(tempDir(), 'data.csv');
    writeFileSync(file, `a,b,c\n${'1,x,2\n'.repeat(5000)}`);
    const options = { transactionRows: 2000 };
    expect(await importCsv(db, 't', createReadStream(file), options)).toMatchObject({
      rows: 5000,
      transactions: 3,
    });
    await importCsv(db, 't', new Blob(['a\n1\n']).stream() as unknown as CsvSource, options);
    expect(rows(db)).toHaveLength(5001);
    await expect(importCsv(db, 't', createReadStream(file))).rejects.toThrow('"transactionRows"');
  });

  it('refuses wrong arguments', async () => {
    const db = open();
    const loose = importCsv as (...args: any[]) => Promise<unknown>;
    await expect(loose(db, 't', 'a,b')).rejects.toThrow('Expected the source to be a stream');
    await expect(loose(db, 't', [5])).rejects.toThrow(
      'Expected the pieces of the source to be strings or bytes',
    );
    await expect(loose(db, 't', [], { separator: ',,' })).rejects.toThrow('"separator"');
    await expect(loose(db, 't', [], { quote: ',' })).rejects.toThrow('"quote"');
    await expect(loose(db, 't', [], { nullText: 'a,b' })).rejects.toThrow('"nullText"');
    await expect(loose(db, 't', [], { header: 1 })).rejects.toThrow('"header"');
    await expect(loose(db, 't', [], { delimiter: ',' })).rejects.toThrow('Unknown option "delimiter"');
  });
});

describeDrivers('exportRows() on a connection', (driver) => {
  const open = (): any => {
    const db: any = new driver.Database(tempDb());
    onTestFinished(() => void db.close());
    return db.exec(
      `CREATE TABLE t (a INTEGER, b TEXT, c, d BLOB);
       INSERT INTO t VALUES (9007199254740993, 'x, "y"', 1.5, x'00ff'), (NULL, '', 9e999, NULL), (1, 'a
b', 'grün', x'')`,
    );
  };

  it('writes CSV that says what there is', async () => {
    const db = open();
    expect(await textOf(exportRows(db, 'SELECT * FROM t'))).toBe(
      'a,b,c,d\r\n9007199254740993,"x, ""y""",1.5,AP8=\r\n,"",Infinity,\r\n1,"a\nb",grün,""\r\n',
    );
    const options = { header: false, lineEnd: '\n', separator: ';', nullText: 'NULL', blobs: 'hex' } as const;
    expect(await textOf(exportRows(db, "SELECT b, d, 'NULL' FROM t LIMIT 2", options))).toBe(
      '"x, ""y""";00ff;"NULL"\n;NULL;"NULL"\n',
    );
  });

  it('writes NDJSON that says what there is', async () => {
    const text = await textOf(exportRows(open(), 'SELECT * FROM t', { format: 'ndjson' }));
    expect(text).toBe(
      '{"a":9007199254740993,"b":"x, \\"y\\"","c":1.5,"d":"AP8="}\n' +
        '{"a":null,"b":"","c":9e999,"d":null}\n{"a":1,"b":"a\\nb","c":"grün","d":""}\n',
    );
  });

  it('writes names where there are no rows, and takes parameters', async () => {
    const db = open();
    expect(await textOf(exportRows(db, 'SELECT a, b FROM t WHERE a = ?', { params: 5 }))).toBe('a,b\r\n');
    expect(await textOf(exportRows(db, 'SELECT b FROM t WHERE a = :a', { params: { a: 1 } }))).toBe(
      'b\r\n"a\nb"\r\n',
    );
  });

  it('reads as many rows as are taken, and ends the statement when the stream is left', async () => {
    const db = open();
    let read = 0;
    db.function('seen', () => ++read);
    const sql = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000)
      SELECT seen() AS n, printf('%.100c', 'x') AS text FROM n`;
    const reader = exportRows(db, sql).getReader();
    expect(read).toBe(0);
    await reader.read();
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(5000);
    const before = read;
    await new Promise(setImmediate);
    expect(read).toBe(before);
    await reader.cancel();
    db.exec('DELETE FROM t');
  });

  it('goes into files, and what it has written can be imported again', async () => {
    const db = open();
    const file = join(tempDir(), 'out.csv');
    const rows = Array.from({ length: 20_000 }, (_, n) => [n, `text "${n}"\n`, n / 7, null]);
    db.exec('DELETE FROM t');
    await insertMany(db, 't', rows);
    await pipeline(Readable.fromWeb(exportRows(db, 'SELECT * FROM t') as never), createWriteStream(file));
    db.exec('CREATE TABLE u (a INTEGER, b TEXT, c REAL, d BLOB)');
    await importCsv(db, 'u', [readFileSync(file)]);
    expect(db.prepare('SELECT * FROM t EXCEPT SELECT * FROM u').all()).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM u').pluck().get()).toBe(20_000);
  });

  it('refuses a wrong query and wrong options at the call, and reports what fails later in the stream', async () => {
    const db = open();
    expect(() => exportRows(db, 'SELECT * FROM none')).toThrow('no such table: none');
    expect(() => exportRows(db, 'DELETE FROM t')).toThrow('does not return data');
    const loose = exportRows as (...args: any[]) => unknown;
    expect(() => loose(5, 'SELECT 1')).toThrow('Expected first argument to be a connection or a pool');
    expect(() => loose(db, 5)).toThrow('Expected second argument to be a string');
    expect(() => loose(db, 'SELECT 1', { format: 'xml' })).toThrow('"format"');
    expect(() => loose(db, 'SELECT 1', { lineEnd: ';' })).toThrow('"lineEnd"');
    expect(() => loose(db, 'SELECT 1', { blobs: 'utf8' })).toThrow('"blobs"');
    expect(() => loose(db, 'SELECT 1', { rows: 1 })).toThrow('Unknown option "rows"');
    await expect(textOf(exportRows(db, "SELECT json('{') AS x"))).rejects.toThrow();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(textOf(exportRows(db, 'SELECT 1', { signal }))).rejects.toThrow('enough');
    db.exec('DELETE FROM t');
  });
});

describe('CSV on a pool', () => {
  it('is imported from a stream, in one transaction, and exported', async () => {
    const pool = poolWith(SCHEMA);
    const text = `a,b,c\r\n${Array.from({ length: 5000 }, (_, n) => `${n},"x ""${n}""",0.5\r\n`).join('')}`;
    const result = await importCsv(pool, 't', Readable.from([Buffer.from(text)]));
    expect(result).toMatchObject({ rows: 5000, transactions: 1 });
    expect(await textOf(exportRows(pool, 'SELECT * FROM t'))).toBe(text);
    const json = await textOf(
      exportRows(pool, 'SELECT a FROM t WHERE a < ?', { format: 'ndjson', params: [2] }),
    );
    expect(json).toBe('{"a":0}\n{"a":1}\n');
  });

  it('is exported with its names where there are no rows', async () => {
    const pool = poolWith(SCHEMA);
    expect(await textOf(exportRows(pool, 'SELECT a, b FROM t WHERE a = ?', { params: [1] }))).toBe('a,b\r\n');
  });

  it('is undone as a whole when the last line is wrong', async () => {
    const pool = poolWith(SCHEMA);
    const source = Readable.from(['a,b,c\n', '1,x,2\n'.repeat(3000), '1,x\n']);
    await expect(importCsv(pool, 't', source)).rejects.toThrow('The row at line 3002 has 2 values');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  it('lets go of the reader when the stream is left', async () => {
    const pool = poolWith(SCHEMA);
    const sql = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n';
    const reader = exportRows(pool, sql).getReader();
    await reader.read();
    expect(pool.stats().heldReaders).toBe(1);
    await reader.cancel();
    await until(() => pool.stats().running + pool.stats().heldReaders === 0);
  });
});
