// docs/guides/deployment.md: what it says of read-only file systems is what happens on one.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { canMount, readOnly } from '../client/support.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { quoted, readPage, tables } from './markdown.mts';

const rows = tables(readPage('docs/guides/deployment.md'))
  .filter(({ mark }) => mark === 'table: read-only')
  .flatMap((table) => table.rows)
  .map(
    ([mode = '', options = '', answer = '']) => [quoted(mode)[0] ?? '', quoted(options)[0], answer] as const,
  );

/** In a child: what a query on the file answers. */
function query(file: string, options: object): string {
  const { getDb } = require('ferrolite') as typeof import('ferrolite');
  try {
    const db = getDb(file, options);
    return db.prepare('SELECT x FROM t').pluck().get() === 1 ? 'reads' : 'another answer';
  } catch (error) {
    return `\`${(error as { code?: string }).code}\``;
  }
}

/** In a child: sorts more rows than a small cache holds. */
function sort(file: string, isClient: boolean): string {
  const Client = require('ferrolite') as typeof import('ferrolite');
  const db = isClient ? Client.getDb(file) : new Client(file);
  db.pragma('cache_size = 10');
  try {
    return String(db.prepare('SELECT count(*) FROM (SELECT DISTINCT y FROM t ORDER BY x)').pluck().get());
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

describe('the table of read-only file systems', () => {
  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(4);
  });

  it.skipIf(!canMount).each(rows)('journal mode %s, options %s: %s', (mode, option, answer) => {
    const directory = tempDir();
    const file = join(directory, 'app.db');
    new Database(file)
      .exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)`)
      .close();
    const options = option === undefined ? {} : { [option]: true };
    expect(inChild(query, [file, options], { prefix: readOnly(directory) })).toBe(answer);
  });
});

describe.skipIf(!canMount)('a file system that is read-only but for the folder of the database', () => {
  const makeReadOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"';
  const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];
  const prefix = (folder: string): string[] => [...unshare, 'sh', '-c', makeReadOnly, folder];
  const canRemount =
    canMount && spawnSync(unshare[0]!, prefix(tempDir()).slice(1).concat('true')).status === 0;

  it.skipIf(!canRemount).each([
    [true, '100000'],
    [false, 'SQLITE_IOERR_GETTEMPPATH'],
  ])('lets a large sort through with getDb(): %s, answer %s', (isClient, answer) => {
    const file = tempDb();
    const folder = join(file, '..');
    mkdirSync(folder, { recursive: true });
    new Database(file)
      .exec(
        `CREATE TABLE t (x, y); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
         INSERT INTO t SELECT random(), i || hex(zeroblob(40)) FROM n`,
      )
      .close();
    expect(inChild(sort, [file, isClient], { prefix: prefix(folder) })).toBe(answer);
  });
});
