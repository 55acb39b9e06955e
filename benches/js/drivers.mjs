// Which drivers there are, and how each is opened so that only the binding differs.

/** By the name of their module. Ours first: every ratio is "peer / ours". */
export const DRIVERS = ['ferrolite', 'better-sqlite3', 'node:sqlite', 'libsql'];
/** Those that run in Bun. */
export const BUN_DRIVERS = ['ferrolite', 'bun:sqlite'];

/** Name to value as `PRAGMA name` reports it; set on every connection, whatever its own default. */
export const PRAGMAS = {
  journal_mode: 'wal',
  synchronous: 1, // NORMAL
  cache_size: -16000, // KiB
  mmap_size: 0,
  temp_store: 2, // MEMORY
  foreign_keys: 1,
  wal_autocheckpoint: 1000, // pages
};

/** The pragmas as SQL, for whoever opens without a driver. */
export const OPENING = Object.entries(PRAGMAS)
  .map(([pragma, wanted]) => `PRAGMA ${pragma} = ${wanted}`)
  .join(';');

/**
 * Imports the adapter of a driver: `name`, `open(path)`, and what only some have. Each of
 * `raw`, `pluck` and `safeIntegers` turns a statement into that mode, by a method of the driver or
 * as its users write it; `define(db, name, fn)` makes a function. Of what is absent, `lacks` says
 * why. Throws what the driver throws when it cannot load.
 */
export async function loadDriver(name) {
  const adapter = await import(`./drivers/${name.replace(':', '-')}.mjs`);
  // Some drivers load their native part with the first database only.
  adapter.open(':memory:').close();
  return { lacks: {}, ...adapter, name };
}

export function openEqually(driver, path) {
  const db = driver.open(path);
  for (const [pragma, wanted] of Object.entries(PRAGMAS)) {
    db.exec(`PRAGMA ${pragma} = ${wanted}`);
    const [actual] = Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? { [pragma]: 0 });
    if (actual !== wanted) {
      throw new Error(`${driver.name}: PRAGMA ${pragma} is ${actual}, the comparison needs ${wanted}`);
    }
  }
  return db;
}

export function sqliteVersion(db) {
  return db.prepare('SELECT sqlite_version() AS version').get().version;
}
