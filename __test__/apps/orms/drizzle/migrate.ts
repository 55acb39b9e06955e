import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { db, sqlite } from './db.ts';

migrate(db, { migrationsFolder: './migrations' });
sqlite.close();
