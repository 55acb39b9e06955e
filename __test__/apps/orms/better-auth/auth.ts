import { betterAuth } from 'better-auth';
import Database from 'better-sqlite3';

export const sqlite = new Database('app.db');
sqlite.pragma('journal_mode = WAL');

export const auth = betterAuth({
  database: sqlite,
  emailAndPassword: { enabled: true },
  secret: process.env['BETTER_AUTH_SECRET'] ?? 'a secret of at least 32 characters',
  baseURL: 'http://localhost:3000',
});
