// A folder of .sql files: which are executed, and in which order.
import { createFixtureDb } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { folderWith, rowsOf } from './support.mts';

const insert = (value: number | string): string => `INSERT INTO t VALUES ('${value}');`;

async function rowsIn(files: Readonly<Record<string, string>>): Promise<unknown> {
  const fixture = await createFixtureDb({ migrations: folderWith(files), directory: tempDir() });
  try {
    return fixture.db.prepare('SELECT a FROM t ORDER BY rowid').pluck().all();
  } finally {
    fixture.close();
  }
}

describe('migrations', () => {
  it('are executed in the order of their numbers, padded or not, folders included', async () => {
    const files = {
      '10_c.sql': insert('c'),
      '9_b.sql': insert('b'),
      '0001_t/migration.sql': `CREATE TABLE t (a); ${insert('a')}`,
      '20251101120000_d/nested/up.SQL': insert('d'),
    };
    expect(await rowsIn(files)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are the .sql files but for those that undo one', async () => {
    const files = {
      '1.up.sql': `CREATE TABLE t (a); ${insert(1)}`,
      '1.down.sql': 'DROP TABLE t',
      '2/down.sql': 'DROP TABLE t',
      '2/up.sql': insert(2),
      'meta/journal.json': '{}',
      'README.md': 'DROP TABLE t;',
    };
    expect(await rowsIn(files)).toEqual(['1', '2']);
  });

  it('may begin with a byte order mark, hold triggers, and have transactions of their own', async () => {
    const files = {
      '1.sql': `BEGIN; CREATE TABLE t (a); ${insert(1)} COMMIT;
        --> statement-breakpoint
        PRAGMA user_version = 4;`,
      '2.sql': `\uFEFFCREATE TRIGGER twice AFTER INSERT ON t WHEN NEW.a = '2' BEGIN
          ${insert(3)}
          SELECT CASE WHEN 1 THEN 2 END;
        END;
        ${insert(2)}`,
    };
    expect(await rowsIn(files)).toEqual(['1', '2', '3']);
  });

  it('may have the parts that dbmate and goose mark, of which the one that goes up is executed', async () => {
    const files = {
      '1.sql': `-- migrate:up\nCREATE TABLE t (a);\n-- migrate:down\nDROP TABLE t;`,
      '2.sql': `-- +goose Up\n${insert(1)}\n-- +goose Down\nDELETE FROM t;`,
    };
    expect(await rowsIn(files)).toEqual(['1']);
  });

  it('may be named by a file: URL', async () => {
    const folder = folderWith({ '1.sql': 'CREATE TABLE t (a)' });
    const migrations = new URL(`file://${folder}/`);
    const fixture = await createFixtureDb({ migrations, directory: tempDir() });
    expect(rowsOf(fixture.db)).toEqual([]);
    fixture.close();
  });
});
