import { migrate } from 'better-sqlite3/drizzle';
import { db, pool } from './db.ts';

await migrate(db, { migrationsFolder: './migrations' });
await pool.close();
