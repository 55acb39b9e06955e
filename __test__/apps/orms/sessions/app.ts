import Database from 'better-sqlite3';
import sqliteStore from 'better-sqlite3-session-store';
import express, { type Express } from 'express';
import session from 'express-session';

export const sqlite = new Database('sessions.db');
const SqliteStore = sqliteStore(session);

export const store = new SqliteStore({ client: sqlite, expired: { clear: true, intervalMs: 900_000 } });
export const app: Express = express();
app.use(
  session({
    store,
    secret: process.env['SESSION_SECRET'] ?? 'for development only',
    resave: false,
    saveUninitialized: false,
  }),
);
