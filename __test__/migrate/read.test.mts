// readMigrations(): which files of a folder are migrations, in which order, and what of them is executed.
import { readMigrations } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { drizzleFolder, folderOf, names, type Files } from './support.mts';

const read = (files: Files) => readMigrations(folderOf(files));
const orderOf = (files: Files): string[] => names(read(files));
const codeOf = (files: Files): [unknown, string] => {
  try {
    read(files);
  } catch (error) {
    return [(error as { code: unknown }).code, (error as Error).message];
  }
  return [undefined, ''];
};

describe('the order of migrations', () => {
  it('is that of their numbers, padded or not', () => {
    expect(orderOf({ '10_c.sql': 'c', '9_b.sql': 'b', '001_a.sql': 'a' })).toEqual(['001_a', '9_b', '10_c']);
  });

  it('is that of dates and times with dashes, as Diesel writes them, or underscores', () => {
    const files = {
      '2025-01-02_c.sql': 'c',
      '2025-01-01-235959-0001_b/up.sql': 'b',
      '2025-01-01-235959_a/up.sql': 'a',
      '2025_10_01_d.sql': 'd',
    };
    expect(orderOf(files)).toEqual([
      '2025-01-01-235959_a',
      '2025-01-01-235959-0001_b',
      '2025-01-02_c',
      '2025_10_01_d',
    ]);
  });

  it('is that of versions with dots, and repeatable ones are last', () => {
    const files = {
      'R__b.sql': 'r',
      'R__a.sql': 'r',
      'V1.10__c.sql': 'c',
      'V1_2__b.sql': 'b',
      'V1__a.sql': 'a',
    };
    expect(orderOf(files)).toEqual(['V1__a', 'V1_2__b', 'V1.10__c', 'R__a', 'R__b']);
  });

  it('is that of the journal where Drizzle has one', () => {
    const files = drizzleFolder('a', 'b');
    const journal = JSON.parse(files['meta/_journal.json']!) as { entries: { idx: number }[] };
    journal.entries.forEach((entry) => (entry.idx = -entry.idx));
    expect(orderOf({ ...files, 'meta/_journal.json': JSON.stringify(journal) })).toEqual([
      '0001_x',
      '0000_x',
    ]);
  });

  it('is that of folders, as Prisma and Drizzle 1.0 have them', () => {
    const files = {
      '20250102000000_b/migration.sql': 'b',
      '20250101000000_a/migration.sql': 'a',
      '20250101000000_a/snapshot.json': '{}',
      'migration_lock.toml': 'provider = "sqlite"',
      'README.md': 'x',
      '.hidden.sql': 'x',
    };
    expect(orderOf(files)).toEqual(['20250101000000_a', '20250102000000_b']);
  });
});

describe('what is executed', () => {
  it.each([
    ['the whole file', { '1.sql': 'a;\n' }, 'a;\n', undefined],
    ['a pair of files', { '1_x.up.sql': 'a', '1_x.down.sql': 'b' }, 'a', 'b'],
    ['a folder with both', { '1_x/up.sql': 'a', '1_x/down.sql': 'b' }, 'a', 'b'],
    ['U and V of Flyway', { 'V1__x.sql': 'a', 'U1__y.sql': 'b' }, 'a', 'b'],
    [
      'the parts that dbmate marks',
      { '1.sql': '-- migrate:up\na\n-- migrate:down\nb' },
      '\na\n\n',
      '\n\n\nb',
    ],
    [
      'the parts that goose marks',
      { '1.sql': '-- +goose Up\n-- +goose StatementBegin\na\n-- +goose StatementEnd\n-- +goose Down\nb' },
      '\n\na\n\n\n',
      '\n\n\n\n\nb',
    ],
  ])('is %s', (_, files, up, down) => {
    const [migration] = read(files as unknown as Files);
    expect(migration?.up?.text).toBe(up);
    expect(migration?.down?.text).toBe(down);
  });

  it.each([
    ['-- migrate:up transaction:false\na', false],
    ['-- +goose NO TRANSACTION\n-- +goose Up\na', false],
    ['-- no-transaction\na', false],
    ['a\n-- no-transaction', true],
  ])('%j wants a transaction: %j', (sql, transaction) => {
    expect(read({ '1.sql': sql })[0]?.up?.transaction).toBe(transaction);
  });

  it('has the same checksum with other ends of lines, a byte order mark, and space around it', () => {
    const sums = ['a\nb', 'a\r\nb', '\uFEFFa\nb\n\n'].map((sql) => read({ '1.sql': sql })[0]?.checksum);
    expect(new Set(sums).size).toBe(1);
    expect(read({ '1.sql': 'a\nc' })[0]?.checksum).not.toBe(sums[0]);
  });

  it('is not changed by the part that goes down', () => {
    const [one, two] = ['b', 'c'].map(
      (down) => read({ '1.sql': `-- migrate:up\na\n-- migrate:down\n${down}` })[0],
    );
    expect(one?.checksum).toBe(two?.checksum);
  });
});

describe('refused is', () => {
  it.each([
    [{ 'initial.sql': 'a' }, 'does not begin with a number'],
    [{ '1_a.sql': 'a', '01_b.sql': 'b' }, 'have the same version'],
    [{ '1_a.sql': 'a', '1_a.up.sql': 'b' }, 'There are two migrations "1_a"'],
    [{ '1_a.down.sql': 'a', '2_b.sql': 'b' }, 'undoes a migration that is not in'],
    [
      { '1.sql': '-- migrate:up\na\n-- migrate:down\nb', '1.down.sql': 'c' },
      'There are two ways to undo "1"',
    ],
    [{ 'V1__a.sql': 'a', 'U1__a.sql': 'b', 'V1__a.down.sql': 'c' }, 'There are two files that undo'],
    [{ '1_a/other.sql': 'a' }, 'has SQL, but it is not called migration.sql or up.sql'],
    [{ '1.sql': '-- +goose ENVSUB ON\n-- +goose Up\na' }, 'ENVSUB'],
    [{ ...drizzleFolder('a'), '0001_y.sql': 'b' }, "is not in Drizzle's journal"],
    [{ 'meta/_journal.json': '{' }, 'is not a journal as drizzle-kit writes it'],
    [{ 'meta/_journal.json': '{"entries":[{"idx":0,"tag":"0_x","when":1}]}' }, 'there is no 0_x.sql'],
  ])('%j', (files, message) => {
    expect(codeOf(files as unknown as Files)).toEqual([
      'FERROLITE_MIGRATION_NAME',
      expect.stringContaining(message),
    ]);
  });

  it('a folder without migrations, and what is no folder', () => {
    expect(codeOf({ 'README.md': 'x' })).toEqual([
      'FERROLITE_NO_MIGRATIONS',
      expect.stringContaining('has no migrations'),
    ]);
    const folder = folderOf({ a: 'x' });
    expect(() => readMigrations(`${folder}/a`)).toThrow('is a file');
    expect(() => readMigrations(`${tempDir()}/none`)).toThrow('does not exist');
  });
});
