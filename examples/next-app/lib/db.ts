import { getSqlite } from 'ferrolite';

// Every function asks for the connection when it is called. Nothing is opened by an import: `next build` evaluates
// this module too, and a server evaluates it several times, yet there is one connection.

export interface Opportunity {
  readonly id: number;
  readonly customer: string;
  readonly annual_value: number;
  readonly stage: 'lead' | 'offer' | 'won' | 'lost';
  /** JSON, or null. */
  readonly metadata: string | null;
  /** UTC, as SQLite writes it. */
  readonly created_at: string;
}

export function createSchema(): void {
  getSqlite().exec(`CREATE TABLE IF NOT EXISTS opportunities (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL CHECK (customer <> ''),
    annual_value REAL NOT NULL CHECK (annual_value >= 0),
    stage TEXT NOT NULL DEFAULT 'lead' CHECK (stage IN ('lead', 'offer', 'won', 'lost')),
    metadata TEXT CHECK (json_valid(metadata)),
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT`);
}

export function latestOpportunities(limit: number): Opportunity[] {
  return getSqlite()
    .prepare<[number], Opportunity>('SELECT * FROM opportunities ORDER BY id DESC LIMIT ?')
    .all(limit);
}

export function countOpportunities(): number {
  return getSqlite().prepare<[], number>('SELECT count(*) FROM opportunities').pluck().get() ?? 0;
}

export function addOpportunity(customer: string, annualValue: number): void {
  getSqlite()
    .prepare('INSERT INTO opportunities (customer, annual_value) VALUES (?, ?)')
    .run(customer, annualValue);
}
