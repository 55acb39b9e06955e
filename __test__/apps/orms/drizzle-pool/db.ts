import { drizzle } from 'better-sqlite3/drizzle';
import { getPool } from 'better-sqlite3/pool';
import * as schema from '../drizzle/schema.ts';

export const pool = getPool({ path: 'app.db' });

export const db = drizzle(pool, { schema });
