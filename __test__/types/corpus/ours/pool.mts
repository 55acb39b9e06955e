// The pool: what its calls take and give.
import { FerroliteError, getPool, openFleet, openPool } from 'ferrolite/pool';
import type {
  BatchStatement,
  CallOptions,
  Changes,
  Fleet,
  FleetOptions,
  FleetPool,
  FleetStats,
  Pool,
  PoolOptions,
  PoolStats,
  QueryOptions,
  ReadOptions,
  RowOptions,
  Snapshot,
  Transaction,
  TransactionOptions,
} from 'ferrolite/pool';

interface User {
  id: number;
  name: string;
}

const options: PoolOptions = { readers: 2, durable: true, pragmas: { cache_size: -1000 }, maxRows: 10 };
const pool: Pool = openPool('app.db', options);
const same: Pool = openPool({ path: 'app.db' });
const shared: Pool = getPool();

async function use(): Promise<void> {
  const users: User[] = await pool.all<User>('SELECT * FROM users WHERE id > ?', [1]);
  const user: User | undefined = await pool.get<User>('SELECT * FROM users', { id: 1 }, { timeoutMs: 10 });
  const { changes, lastInsertRowid }: Changes = await pool.run('DELETE FROM users');
  const count: number = changes;
  const rowid: number | bigint = lastInsertRowid;
  const script: Promise<void> = pool.exec('VACUUM', { signal: AbortSignal.timeout(10) });
  const statements: BatchStatement[] = ['SELECT 1', ['SELECT ?', [1]]];
  const results: (unknown[] | Changes)[] = await pool.batch(statements);
  for await (const { name } of pool.iterate<User>('SELECT * FROM users')) console.log(name);
  const added: string = await pool.transaction(
    async (tx: Transaction) => {
      await tx.run('INSERT INTO users VALUES (?)', [1]);
      const inner: number = await tx.transaction((nested) => nested.run('SELECT 1').then(() => 1));
      return String(inner);
    },
    { maxHoldMs: 100, acquireTimeoutMs: 100 } satisfies TransactionOptions,
  );
  const read: User | undefined = await pool.read((snapshot: Snapshot) => snapshot.get<User>('SELECT 1'), {
    maxAgeMs: 10,
  } satisfies ReadOptions);
  const stats: PoolStats = pool.stats();
  const held: number | undefined = stats.heldMs;
  await pool.close({ drainMs: 0 });
  console.log(users, user, count, rowid, script, results, added, read, held, pool.isClosed, pool.path);
}

const row: RowOptions = { raw: true };
const call: CallOptions = { priority: 'background' };
const query: QueryOptions = { ...row, ...call };
use().catch((error: unknown) =>
  console.log(error instanceof FerroliteError && error.code, query, same, shared),
);

// @ts-expect-error a path is needed
openPool();
// @ts-expect-error there is no such option
openPool('app.db', { reader: 1 });
// @ts-expect-error only these two
pool.get('SELECT 1', [], { priority: 'high' });

const fleetOptions: FleetOptions = {
  maxOpen: 8,
  idleMs: Infinity,
  openTimeoutMs: 0,
  readers: 1,
  durable: true,
};
const fleet: Fleet = openFleet('tenants', fleetOptions);
const tenant: FleetPool = fleet.pool('acme');

async function useFleet(): Promise<void> {
  const users: User[] = await tenant.all<User>('SELECT * FROM users');
  const user: User | undefined = await tenant.get<User>('SELECT * FROM users', [], { timeoutMs: 10 });
  const { changes }: Changes = await tenant.run('DELETE FROM users');
  for await (const { name } of tenant.iterate<User>('SELECT * FROM users')) console.log(name);
  const one: number = await tenant.transaction(async (tx: Transaction) => (await tx.run('SELECT 1')).changes);
  const read: User | undefined = await tenant.read((snapshot: Snapshot) => snapshot.get<User>('SELECT 1'));
  const names: string[] = await fleet.list();
  const flags: boolean[] = [
    await fleet.exists('acme'),
    await fleet.delete('acme', { drainMs: 0 }),
    fleet.isClosed,
  ];
  const { open, waiting }: FleetStats = fleet.stats();
  await fleet.close({ drainMs: 0 });
  console.log(users, user, changes, one, read, names, flags, open, waiting, tenant.name, fleet.directory);
}
useFleet().catch(() => undefined);

// @ts-expect-error each database has its own
openFleet('tenants', { path: 'app.db' });
// @ts-expect-error nothing to close: that is the fleet's
tenant.close();
