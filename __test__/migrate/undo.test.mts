// Undoing: tried on a copy first, with a backup, as applying is.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Migrator } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { failure, folderOf, migrator, names, opened, tables } from './support.mts';

const FILES = {
  '1_a.up.sql': 'CREATE TABLE a (x INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2);',
  '1_a.down.sql': 'DROP TABLE missing;',
  '2_b.up.sql': 'CREATE TABLE b (a REFERENCES a ON DELETE CASCADE); INSERT INTO b VALUES (1);',
  '2_b.down.sql': 'DROP TABLE b;',
};
const COUNT = 'SELECT count(*) FROM b';

describe.each([
  ['down(2)', (one: Migrator) => one.down(2)],
  ['to(0)', (one: Migrator) => one.to(0)],
])('%s', (_, undo) => {
  it('undoes nothing when one of them fails with a copy', async () => {
    const db = opened();
    const one = migrator(db, FILES);
    await one.up();
    expect((await failure(undo(one))).message).toBe(
      'The migration "1_a" failed at line 1: no such table: missing (DROP TABLE missing;)',
    );
    expect(tables(db)).toEqual(['a', 'b']);
    expect(names((await one.status()).applied)).toEqual(['1_a', '2_b']);
  });

  it('undoes what it can without a copy', async () => {
    const db = opened();
    const one = migrator(db, FILES, { rehearse: false });
    await one.up();
    await failure(undo(one));
    expect(tables(db)).toEqual(['a']);
  });

  it('puts the database back to the backup when one of them fails for good', async () => {
    const db = opened();
    const folder = folderOf(FILES);
    await new Migrator(db, folder).up();
    const error = await failure(undo(new Migrator(db, folder, { rehearse: false, backup: true })));
    expect(error.message).toMatch(/The database was put back to what it was before the first migration$/);
    expect(tables(db)).toEqual(['a', 'b']);
    expect(db.prepare(COUNT).pluck().get()).toBe(1);
    expect(readdirSync(dirname(db.name)).filter((name) => name.includes('.before-2_b-'))).toHaveLength(1);
    expect((await new Migrator(db, folder).verify()).ok).toBe(true);
  });
});

it('rows that are lost on the way down without the SQL saying so are refused', async () => {
  const db = opened();
  const files = { ...FILES, '1_a.down.sql': 'SELECT 1', '2_b.down.sql': 'DELETE FROM a;' };
  const one = migrator(db, files);
  await one.up();
  expect(await failure(one.down())).toMatchObject({
    code: 'FERROLITE_MIGRATION_ROWS',
    message: expect.stringContaining('"b" from 1 to 0') as string,
  });
  expect(db.prepare(COUNT).pluck().get()).toBe(1);
});

it('functions are called with a copy first on the way down', async () => {
  const calls: unknown[] = [];
  (globalThis as Record<string, unknown>)['undoCalls'] = calls;
  const db = opened();
  const one = migrator(db, {
    '1.cjs':
      'exports.up = () => {}; exports.down = (_, { isRehearsal }) => globalThis.undoCalls.push(isRehearsal);',
  });
  await one.up();
  await one.down();
  expect(calls).toEqual([true, false]);
});

it('a backup that was made before undoing is in the result', async () => {
  const db = opened();
  const one = migrator(db, FILES, { backup: true });
  await one.up();
  const { backup, runs } = await one.down();
  expect(backup).toMatch(/\.before-2_b-/);
  expect(names(runs)).toEqual(['2_b']);
  expect((await one.to(1)).backup).toBeUndefined();
});
