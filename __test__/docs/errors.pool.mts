// The texts of pools in docs/errors.md, each with a call that gives it.
import { rmSync } from 'node:fs';
import { openFleet, openPool, sql, type FleetOptions, type Pool, type PoolOptions } from 'ferrolite/pool';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

/** Wrong calls on purpose. */
const loose = openPool as (...args: any[]) => any;
const looseSql = sql as any;
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';
const never = () => new Promise<never>(() => undefined);

/** Calls a pool of its own, which is closed afterwards. */
const withPool =
  (call: (pool: any) => unknown, options: PoolOptions = {}) =>
  async (): Promise<unknown> => {
    const pool: Pool = openPool({ ...options, path: tempDb() });
    try {
      return await call(pool);
    } finally {
      await pool.close({ drainMs: 0 });
    }
  };

const withFleet =
  (call: (fleet: any) => unknown, options: FleetOptions = {}) =>
  async (): Promise<unknown> => {
    const fleet = openFleet(tempDir(), options);
    try {
      return await call(fleet);
    } finally {
      await fleet.close({ drainMs: 0 });
    }
  };

export const poolCalls: Readonly<Record<string, () => unknown>> = {
  FERROLITE_POOL_CLOSED: withPool(async (pool) => {
    await pool.close();
    return pool.all('SELECT 1');
  }),
  FERROLITE_QUEUE_FULL: withPool(
    (pool) => {
      pool.get('SELECT 1').catch(() => undefined);
      return pool.get('SELECT 1');
    },
    { maxQueue: 1 },
  ),
  FERROLITE_TIMEOUT: withPool((pool) => pool.all(ENDLESS, [], { timeoutMs: 5 })),
  FERROLITE_ACQUIRE_TIMEOUT: withPool((pool) => {
    pool.transaction(never).catch(() => undefined);
    return pool.transaction(() => 1, { acquireTimeoutMs: 5 });
  }),
  FERROLITE_HOLD_TIMEOUT: withPool((pool) => pool.transaction(never, { maxHoldMs: 5 })),
  FERROLITE_TRANSACTION_ENDED: withPool(async (pool) => {
    let kept: any;
    await pool.transaction((tx: unknown) => void (kept = tx));
    return kept.all('SELECT 1');
  }),
  FERROLITE_TRANSACTION_NESTED: withPool((pool) =>
    pool.transaction((tx: any) => tx.transaction(() => tx.all('SELECT 1'))),
  ),
  FERROLITE_FILE_REPLACED: withPool(async (pool) => {
    await pool.exec('CREATE TABLE t (v)');
    rmSync(pool.path);
    return pool.read((snapshot: any) => snapshot.all('SELECT v FROM t'));
  }),
  FERROLITE_TOO_MANY_ROWS: withPool((pool) => pool.all('VALUES (1), (2)', [], { maxRows: 1 })),
  FERROLITE_TOO_MANY_BYTES: withPool((pool) => pool.all('SELECT zeroblob(100)', [], { maxBytes: 10 })),
  'The transactions of a pool are made with transaction() or batch(), not with SQL': withPool((pool) =>
    pool.run('BEGIN'),
  ),
  'The script has left a transaction open, which was rolled back': withPool((pool) => pool.exec('BEGIN')),
  'A pool that only reads cannot apply migrations': () =>
    openPool(tempDb(), { readonly: true, migrations: 'migrations' }),
  'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator':
    () => openPool(tempDb(), { migrations: '' }),
  'A pool needs a database file: each connection in memory is a database of its own': () => loose(':memory:'),
  'Expected first argument to be a path or an options object': () => loose(5),
  'Expected the "path" option to be a string': () => loose({ path: 5 }),
  'Use either the "durable" or the "profile" option': () =>
    loose('x.db', { durable: true, profile: 'default' }),
  'Use only one of the options <names>': () => loose('x.db', { raw: true, pluck: true }),
  'Expected the "<name>" option to be an integer': () => loose('x.db', { readers: 1.5 }),
  'Expected the "<name>" option to be between <least> and <most>': () => loose('x.db', { readers: 0 }),
  'Expected the "signal" option to be an AbortSignal': withPool((pool) =>
    pool.get('SELECT 1', [], { signal: 1 }),
  ),
  "Expected the \"priority\" option to be 'foreground' or 'background'": withPool((pool) =>
    pool.get('SELECT 1', [], { priority: 'high' }),
  ),
  'Expected the options to be an object': withPool((pool) => pool.get('SELECT 1', [], 5)),
  'Expected first argument to be an array of statements': withPool((pool) => pool.batch(5)),
  'Expected each statement to be a string, a template, or an array of a string and parameters': withPool(
    (pool) => pool.batch([5]),
  ),
  'Expected only options behind a template: its parameters are the values in it': withPool((pool) =>
    pool.get(sql`SELECT ${1}`, [1]),
  ),
  'A script takes no values: use run() or batch() for a template that has some': withPool((pool) =>
    pool.exec(sql`SELECT ${1}`),
  ),
  'Value <position> of the <template or list> is undefined: use null where NULL is meant': () =>
    looseSql`SELECT ${undefined}`,
  'Value <position> of the <template or list> is an array: use sql.join(array) for a list, as in IN (${sql.join(ids)})':
    () => looseSql`SELECT ${[1]}`,
  'Value <position> of the <template or list> is of the type <type>, which SQLite cannot store': () =>
    looseSql.join([true]),
  'Expected sql to be used as the tag of a template': () => looseSql('SELECT 1'),
  'Expected the template to have no escape sequence that JavaScript does not know': () => sql`SELECT '\u'`,
  'Expected the separator to be made by the tag sql': () => looseSql.join([1, 2], ', '),
  'Expected the parts of an identifier to be strings that are not empty': () => sql.identifier(''),
  'SQL is made by the tag sql': () => new (sql`SELECT 1`.constructor as any)(),
  'Expected one expression of its parameters alone: without tables, and without what the connection did before':
    withPool((pool) => pool.function('f', 'changes()')),
  'There is a function <name>() already': withPool((pool) => pool.function('lower', '1')),
  'User-defined function <name>() cannot be async: a statement waits for it. Apply it to the rows instead':
    withPool((pool) => pool.function('f', async () => 1)),
  'Expected last argument to be an expression of SQL or a function': withPool((pool) =>
    pool.function('f', 5),
  ),
  'Pools can only be opened by openPool() or getPool()': withPool((pool) => new pool.constructor()),
  'Transactions can only be made by pool.transaction()': withPool((pool) =>
    pool.transaction((tx: any) => new tx.constructor()),
  ),
  'Snapshots can only be made by pool.read()': withPool((pool) =>
    pool.read((snapshot: any) => new snapshot.constructor()),
  ),
  FERROLITE_FLEET_FULL: withFleet(
    (fleet) => {
      fleet
        .pool('a')
        .transaction(never)
        .catch(() => undefined);
      return fleet.pool('b').get('SELECT 1');
    },
    { maxOpen: 1, openTimeoutMs: 5 },
  ),
  FERROLITE_FLEET_FAILURES: withFleet(async (fleet) => {
    await fleet.pool('a').exec('CREATE TABLE t (v)');
    return fleet.forEach((pool: any) => pool.all('broken'));
  }),
  FERROLITE_FLEET_CLOSED: withFleet(async (fleet) => {
    await fleet.close();
    return fleet.list();
  }),
  'Expected the directory of a fleet to be a path': () => openFleet(''),
  'Expected the name of a database to have 1 to 100 characters': withFleet((fleet) => fleet.pool('')),
  'Expected the name of a database to consist of a-z, 0-9, "_", "-" and ".", without "-" at its beginning and "." at its ends, not <name>':
    withFleet((fleet) => fleet.pool('../a')),
  'The name of a database cannot be <name>, which is a device on Windows': withFleet((fleet) =>
    fleet.pool('nul'),
  ),
  'A fleet that only reads cannot delete a database': withFleet((fleet) => fleet.delete('a'), {
    readonly: true,
  }),
  'Fleets can only be opened by openFleet()': withFleet((fleet) => new fleet.constructor()),
  'The pools of a fleet can only be made by fleet.pool()': withFleet(
    (fleet) => new (fleet.pool('a').constructor)(),
  ),
};
