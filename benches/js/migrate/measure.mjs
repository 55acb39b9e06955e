// What rehearsal, backup and the migrations themselves take, each on a database of its own. Prints one line of JSON.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'ferrolite';
import { Migrator } from 'ferrolite/migrate';

/** Bytes of a row, of which a page has one or two. */
const ROW_BYTES = 2000;

/** Customers and their orders, which would go with them. */
function generate(path, bytes) {
  const rows = Math.ceil(bytes / ROW_BYTES);
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id) ON DELETE CASCADE, data BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${Math.ceil(rows / 10)})
      INSERT INTO customers SELECT i, 'customer ' || i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${rows})
      INSERT INTO orders SELECT i, 1 + (i % ${Math.ceil(rows / 10)}), randomblob(${ROW_BYTES}) FROM n;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  db.close();
  return {
    '1_rebuild.sql': `PRAGMA foreign_keys = OFF;
      CREATE TABLE new_customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
      INSERT INTO new_customers SELECT id, name FROM customers;
      DROP TABLE customers;
      ALTER TABLE new_customers RENAME TO customers;`,
    '2_index.sql': 'CREATE INDEX orders_customer ON orders (customer);',
    '3_column.sql': "ALTER TABLE orders ADD COLUMN state TEXT NOT NULL DEFAULT 'open';",
  };
}

/** The sample database of a music shop, by its file. */
function chinook(path, source) {
  copyFileSync(source, path);
  return {
    '1_rebuild.sql': `PRAGMA foreign_keys = OFF;
      CREATE TABLE new_Artist (ArtistId INTEGER PRIMARY KEY, Name TEXT NOT NULL DEFAULT '');
      INSERT INTO new_Artist SELECT ArtistId, coalesce(Name, '') FROM Artist;
      DROP TABLE Artist;
      ALTER TABLE new_Artist RENAME TO Artist;`,
    '2_index.sql': 'CREATE INDEX Track_Name ON Track (Name);',
    '3_column.sql': "ALTER TABLE Invoice ADD COLUMN State TEXT NOT NULL DEFAULT 'open';",
  };
}

async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
}

const { bytes, source } = JSON.parse(process.argv[2]);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'ferrolite-migrate-'));
try {
  const path = join(folder, 'first.db');
  const files = source === undefined ? generate(path, bytes) : chinook(path, source);
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(migrations, name), sql);
  const second = join(folder, 'second.db');
  copyFileSync(path, second);
  const plan = await timed(() => new Migrator(path, migrations).plan());
  if (plan.result.rehearsal.error) throw plan.result.rehearsal.error;
  const plain = await timed(() => new Migrator(path, migrations, { rehearse: false }).up());
  const full = await timed(() => new Migrator(second, migrations, { rehearse: true, backup: true }).up());
  const current = await timed(() => new Migrator(second, migrations).up());
  const db = new Database(second);
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '_ferrolite%'")
    .pluck()
    .all();
  const rows = tables.reduce(
    (sum, name) => sum + db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get(),
    0,
  );
  const integrity = db.pragma('integrity_check', { simple: true });
  db.close();
  console.log(
    JSON.stringify({
      bytes: statSync(path).size,
      rows,
      integrity,
      planMs: plan.ms,
      rehearsed: plan.result.rehearsal.migrations.map(({ name, durationMs }) => ({ name, ms: durationMs })),
      migrationsMs: plain.ms,
      each: plain.result.runs.map(({ name, durationMs }) => ({ name, ms: durationMs })),
      withRehearsalAndBackupMs: full.ms,
      nothingPendingMs: current.ms,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
