/** The two drivers that must give the same answers, and the ways to ask both. */
import BetterSqlite3 from 'better-sqlite3';
import Ferrolite from 'ferrolite';
import { describe, expect } from 'vitest';
import { answerOf, type Answer } from './answer.mts';
import { driverOf, type Driver } from './driver.mts';
import { tempDir } from './temp-db.mts';

export type {
  Database,
  DatabaseConstructor,
  Driver,
  RowIterator,
  RunResult,
  Statement,
  Transaction,
} from './driver.mts';

const driver = (name: Driver['name'], constructor: unknown): Driver =>
  driverOf(name, constructor, () => tempDir(name));

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
