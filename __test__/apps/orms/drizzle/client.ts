import { closeOnSignals, getSqlite } from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import * as schema from './schema.ts';

closeOnSignals();

export const db = drizzle(getSqlite({ path: 'app.db' }), { schema });
