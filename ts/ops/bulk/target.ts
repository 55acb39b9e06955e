/** What bulk operations work on: by their shape, so that other copies of the package and better-sqlite3 serve as well. */

/** What is needed of a statement. */
export interface BulkStatement {
  readonly reader: boolean;
  run(...params: unknown[]): { changes: number; lastInsertRowid: number | bigint };
  all(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): IterableIterator<unknown>;
  raw(): BulkStatement;
  safeIntegers(on?: boolean): BulkStatement;
  columns(): readonly { name: string }[];
}

/** A connection: one of this package, whichever copy of it, or of better-sqlite3. */
export interface BulkDatabase {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare(sql: string): any;
  exec(sql: string): unknown;
  transaction(fn: () => void): { immediate(): void };
}

/** A transaction of a pool. */
export interface BulkTransaction {
  all(sql: string, params?: unknown, options?: object): Promise<unknown[]>;
  run(
    sql: string,
    params?: unknown,
    options?: object,
  ): Promise<{ changes: number; lastInsertRowid: number | bigint }>;
  transaction(fn: (tx: any) => Promise<void>): Promise<void>;
}

/** A pool, or that of a fleet. */
export interface BulkPool extends BulkTransaction {
  /** What a transaction does not have. */
  read: (...args: any[]) => Promise<unknown>;
  transaction(fn: (tx: any) => Promise<void>, options?: object): Promise<void>;
}

export type BulkTarget = BulkDatabase | BulkPool | BulkTransaction;

function has(value: unknown, ...methods: string[]): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

export const isConnection = (value: unknown): value is BulkDatabase =>
  has(value, 'prepare', 'exec', 'transaction') && typeof (value as { open?: unknown }).open === 'boolean';

export const isPoolOrTransaction = (value: unknown): value is BulkPool | BulkTransaction =>
  has(value, 'run', 'all', 'batch', 'transaction') && !has(value, 'prepare');

export const isPool = (value: unknown): value is BulkPool => isPoolOrTransaction(value) && has(value, 'read');

/** The form of rows that is counted on here, whatever a pool is set to. */
export const PLAIN_ROWS = { raw: false, pluck: false, expand: false, safeIntegers: false } as const;
