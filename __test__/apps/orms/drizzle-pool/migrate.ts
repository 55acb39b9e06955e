import { drizzle, migrate } from 'better-sqlite3/drizzle';
import { openPool } from 'better-sqlite3/pool';

const pool = openPool('app.db', { pragmas: { foreign_keys: false } });
await migrate(drizzle(pool), { migrationsFolder: './migrations' });
const broken = await pool.all('PRAGMA foreign_key_check');
await pool.close();
if (broken.length > 0) throw new Error(`rows without what they refer to: ${JSON.stringify(broken)}`);
