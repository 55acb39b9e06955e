// migrate() of ferrolite/drizzle: what drizzle-kit has generated, applied to a pool.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { drizzle, migrate } from 'ferrolite/drizzle';
import { openPool } from 'ferrolite/pool';
import { expect, it, onTestFinished } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { rejection } from '../pool/support.mts';

/** A folder as drizzle-kit writes it. */
function folderOf(...migrations: string[]): string {
  const folder = tempDir();
  mkdirSync(join(folder, 'meta'));
  const entries = migrations.map((text, index) => {
    writeFileSync(join(folder, `000${index}_x.sql`), text);
    return { idx: index, version: '6', when: 1000 + index, tag: `000${index}_x`, breakpoints: true };
  });
  const journal = { version: '7', dialect: 'sqlite', entries };
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify(journal));
  return folder;
}

function open(path: string) {
  const pool = openPool(path, { maxHoldMs: 5000 });
  onTestFinished(() => pool.close({ drainMs: 0 }));
  return drizzle(pool);
}

const FIRST = 'CREATE TABLE a (x);\n--> statement-breakpoint\nINSERT INTO a VALUES (1);';
const applied = async (db: ReturnType<typeof open>) =>
  (await db.values(sql`SELECT count(*) FROM __drizzle_migrations`))[0]?.[0];

it('applies each migration once', async () => {
  const db = open(tempDb());
  await migrate(db, { migrationsFolder: folderOf(FIRST) });
  const migrationsFolder = folderOf(FIRST, 'ALTER TABLE a ADD COLUMN y;');
  await migrate(db, { migrationsFolder });
  await migrate(db, { migrationsFolder });
  expect(await applied(db)).toBe(2);
  expect(await db.all(sql`SELECT * FROM a`)).toEqual([{ x: 1, y: null }]);
});

it('is called by several at once without harm', async () => {
  const path = tempDb();
  const migrationsFolder = folderOf(FIRST);
  const all = Array.from({ length: 4 }, () => open(path));
  await Promise.all(all.map((db) => migrate(db, { migrationsFolder })));
  expect(await applied(all[0]!)).toBe(1);
});

it('leaves the database as it was when one fails', async () => {
  const db = open(tempDb());
  const error = await rejection(migrate(db, { migrationsFolder: folderOf(FIRST, 'CREATE TABLE a (x);') }));
  expect(error.message).toContain('CREATE TABLE a (x);');
  expect(await db.all(sql`SELECT name FROM sqlite_schema`)).toEqual([]);
});

it('takes the name of its table, and the options of a transaction', async () => {
  const db = open(tempDb());
  const migrationsFolder = folderOf(FIRST);
  await migrate(db, { migrationsFolder, migrationsTable: 'applied', maxHoldMs: 60_000 });
  expect(await db.all(sql`SELECT count(*) AS n FROM applied`)).toEqual([{ n: 1 }]);
  const signal = AbortSignal.abort(new Error('given up'));
  expect((await rejection(migrate(db, { migrationsFolder, signal }))).message).toBe('given up');
});

it('rebuilds tables without touching those that refer to them, where foreign keys are not enforced', async () => {
  const path = tempDb();
  const tables = `CREATE TABLE p (id INTEGER PRIMARY KEY);
--> statement-breakpoint
CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);
--> statement-breakpoint
INSERT INTO p VALUES (1);
--> statement-breakpoint
INSERT INTO c VALUES (1);`;
  // As drizzle-kit writes it: the pragmas have no effect in a transaction.
  const rebuild = `PRAGMA foreign_keys=OFF;
--> statement-breakpoint
CREATE TABLE __new_p (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');
--> statement-breakpoint
INSERT INTO __new_p (id) SELECT id FROM p;
--> statement-breakpoint
DROP TABLE p;
--> statement-breakpoint
ALTER TABLE __new_p RENAME TO p;
--> statement-breakpoint
PRAGMA foreign_keys=ON;`;
  const pool = openPool(path, { pragmas: { foreign_keys: false } });
  onTestFinished(() => pool.close());
  await migrate(drizzle(pool), { migrationsFolder: folderOf(tables, rebuild) });
  expect(await pool.all('SELECT p, name FROM c JOIN p ON p = id')).toEqual([{ p: 1, name: 'x' }]);
  expect(await pool.all('PRAGMA foreign_key_check')).toEqual([]);
});
