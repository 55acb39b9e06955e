/**
 * The two drivers that must give the same answers, and the ways to ask both.
 *
 * The types are loose on purpose: tests pass wrong arguments.
 */
import BetterSqlite3 from 'better-sqlite3';
import Ferrolite from 'ferrolite';
import { describe, expect } from 'vitest';
import { answerOf, type Answer } from './answer.mts';
import { tempDb, tempDir } from './temp-db.mts';

export interface RunResult {
  changes: number;
  lastInsertRowid: number | bigint;
}

export interface RowIterator extends Iterator<unknown>, Iterable<unknown> {
  next(): IteratorResult<unknown>;
  return(value?: unknown): IteratorResult<unknown>;
  readonly statement: Statement;
}

export interface Statement {
  readonly database: Database;
  readonly source: string;
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly busy: boolean;
  run(...params: unknown[]): RunResult;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): RowIterator;
  bind(...params: unknown[]): this;
  pluck(...toggle: unknown[]): this;
  raw(...toggle: unknown[]): this;
  safeIntegers(...toggle: unknown[]): this;
  columns(): Record<string, string | null>[];
}

export interface Transaction {
  (...args: unknown[]): unknown;
  readonly default: Transaction;
  readonly deferred: Transaction;
  readonly immediate: Transaction;
  readonly exclusive: Transaction;
  readonly database: Database;
}

export interface Database {
  readonly name: string;
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  readonly memory: boolean;
  prepare(...args: unknown[]): Statement;
  exec(...args: unknown[]): this;
  pragma(...args: unknown[]): unknown;
  transaction(...args: unknown[]): Transaction;
  close(...args: unknown[]): this;
}

export interface DatabaseConstructor {
  new (...args: unknown[]): Database;
  (...args: unknown[]): Database;
  readonly prototype: object;
  readonly SqliteError: new (...args: unknown[]) => Error & { code: string };
}

export interface Driver {
  /** The package that a child process requires to get this driver. */
  readonly name: 'ferrolite' | 'better-sqlite3';
  readonly Database: DatabaseConstructor;
  readonly SqliteError: DatabaseConstructor['SqliteError'];
  /** A new in-memory database, with `sql` executed on it. */
  memory(sql?: string): Database;
  /** A new database in a file of its own, with `sql` executed on it. */
  onDisk(sql?: string): Database;
  /** The path of a file that does not exist, for this driver alone. */
  path(): string;
  /** An empty folder, for this driver alone. */
  folder(): string;
}

function driver(name: Driver['name'], constructor: unknown): Driver {
  const Database = constructor as DatabaseConstructor;
  return {
    name,
    Database,
    SqliteError: Database.SqliteError,
    memory: (sql = '') => new Database(':memory:').exec(sql),
    onDisk: (sql = '') => new Database(tempDb(name)).exec(sql),
    path: () => tempDb(name),
    folder: () => tempDir(name),
  };
}

export const ferrolite = driver('ferrolite', Ferrolite);
export const betterSqlite3 = driver('better-sqlite3', BetterSqlite3);
export const drivers: readonly Driver[] = [ferrolite, betterSqlite3];

/** Runs the same tests against each driver. */
export function describeDrivers(name: string, body: (driver: Driver) => void): void {
  describe.each(drivers.map((each) => [each.name, each] as const))(`${name} of %s`, (_, each) => body(each));
}

/**
 * Asks both drivers and fails unless they return, or throw, exactly the same.
 *
 * @returns The common answer, for a test that also states what it is.
 */
export function sameAnswer(fn: (driver: Driver) => unknown): Answer {
  const theirs = answerOf(() => fn(betterSqlite3));
  const ours = answerOf(() => fn(ferrolite));
  expect(ours).toStrictEqual(theirs);
  return theirs;
}

/** Like {@link sameAnswer}, and fails unless both throw an error of that class with that message and code. */
export function sameError(
  fn: (driver: Driver) => unknown,
  name: string,
  message: string,
  code?: string,
): void {
  const answer = sameAnswer(fn);
  expect(answer).toMatchObject({ threw: { name, message } });
  if (code !== undefined) expect(answer).toMatchObject({ threw: { own: [['code', `string "${code}"`]] } });
}
