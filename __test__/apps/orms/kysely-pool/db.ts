import { FerroliteDialect } from 'better-sqlite3/kysely';
import { getPool } from 'better-sqlite3/pool';
import { Kysely, type Generated } from 'kysely';

interface Tables {
  customers: { id: Generated<number>; email: string };
  opportunities: { id: Generated<number>; customer_id: number; annual_value: number };
}

export const db = new Kysely<Tables>({
  dialect: new FerroliteDialect({ pool: getPool({ path: 'app.db' }) }),
});
