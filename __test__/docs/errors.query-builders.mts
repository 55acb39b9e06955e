// The texts of ferrolite/drizzle and ferrolite/kysely in docs/errors.md, each with a call that gives it.
import { drizzle, migrate } from 'ferrolite/drizzle';
import { FerroliteDialect } from 'ferrolite/kysely';
import { openPool } from 'ferrolite/pool';
import { tempDb } from '../helpers/temp-db.mts';

/** Wrong calls on purpose. */
const loose = { drizzle, migrate, FerroliteDialect } as any;

export const queryBuilderCalls: Readonly<Record<string, () => unknown>> = {
  'Expected a pool: what openPool() or getPool() of ferrolite/pool gives': () => loose.drizzle({}),
  'Expected first argument to be a database of drizzle() of ferrolite/drizzle': () =>
    loose.migrate({}, { migrationsFolder: '.' }),
  'Expected the "pool" option to be what openPool() or getPool() of ferrolite/pool gives': () =>
    new loose.FerroliteDialect({}),
  'no such savepoint: <name>': async () => {
    const driver = new FerroliteDialect({ pool: openPool(tempDb()) }).createDriver();
    const connection = await driver.acquireConnection();
    await driver.releaseSavepoint!(connection, 'none', () => undefined as never);
  },
};
