// exportRows(): how a stream of rows ends, and columns that share a name.
import Database from 'ferrolite';
import { exportRows } from 'ferrolite/ops';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeDrivers } from '../helpers/drivers.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { ENDLESS, poolWith, until } from '../pool/support.mts';

const SCHEMA = 'CREATE TABLE t (a INTEGER, b TEXT, c REAL)';
const NUMBERS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n';

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe('exportRows() on a pool', () => {
  it.each([
    ['csv', 'b,b,1,b\r\n1,x,2,3\r\n', 'b,b,1,b\r\n'],
    ['ndjson', '{"b":1,"b":"x","1":2,"b":3}\n', ''],
  ] as const)('is exported as by a connection where columns share a name: %s', async (format, one, none) => {
    const pool = poolWith(SCHEMA);
    await pool.run("INSERT INTO t VALUES (1, 'x', 0)");
    const sql = 'SELECT a AS b, b, 2 AS "1", 3 AS b FROM t';
    const db = new Database(pool.path);
    onTestFinished(() => void db.close());
    for (const from of [pool, db]) {
      expect(await textOf(exportRows(from, sql, { format }))).toBe(one);
      expect(await textOf(exportRows(from, `${sql} WHERE a = 2`, { format }))).toBe(none);
    }
  });

  it('ends at the signal: in the middle of a query, and while nobody reads', async () => {
    const pool = poolWith(SCHEMA);
    const stop = new AbortController();
    const waiting = textOf(exportRows(pool, ENDLESS, { signal: stop.signal }));
    const reader = exportRows(pool, NUMBERS, { signal: stop.signal }).getReader();
    await reader.read();
    await until(() => pool.stats().heldReaders === 2);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await until(() => pool.stats().heldReaders === 0);
    await expect(reader.read()).rejects.toThrow('enough');
  });
});

describeDrivers('The signal of an export from a connection', (driver) => {
  const open = (): any => {
    const db: any = new driver.Database(tempDb());
    onTestFinished(() => void db.close());
    return db;
  };

  it('ends its statement, also while nobody reads', async () => {
    const db = open();
    const stop = new AbortController();
    const reader = exportRows(db, NUMBERS, { signal: stop.signal }).getReader();
    await reader.read();
    stop.abort(new Error('enough'));
    db.exec('CREATE TABLE afterwards (x)');
    await expect(reader.read()).rejects.toThrow('enough');
  });

  it('ends it when a function that SQL calls is what aborts', async () => {
    const db = open();
    const stop = new AbortController();
    db.function('stop', (x: unknown) => (x === 3 ? stop.abort(new Error('enough')) : undefined));
    const stream = exportRows(db, `SELECT x, stop(x) FROM (${NUMBERS})`, { signal: stop.signal });
    await expect(textOf(stream)).rejects.toThrow('enough');
    db.exec('CREATE TABLE afterwards (x)');
  });

  it('is an AbortSignal', () => {
    const db = open();
    const loose = exportRows as (...args: any[]) => unknown;
    for (const signal of [null, 5, {}, { throwIfAborted() {} }, AbortSignal]) {
      expect(() => loose(db, 'SELECT 1', { signal })).toThrow(
        'Expected the "signal" option to be an AbortSignal',
      );
    }
  });
});
