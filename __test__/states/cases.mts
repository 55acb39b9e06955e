/**
 * What may be called when: every call of the interface in every state of a connection.
 *
 * The answers are not written down by hand: `differential/harness/record.mjs` asks better-sqlite3 for each.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CaseBody, CaseDriver, Cases } from '../differential/harness/case.mts';
import { attempt } from '../helpers/answer.mts';
import { calls, type Call } from './calls.mts';
import { states, type State } from './states.mts';

const noCall: Call = () => undefined;

/** What a call gives in a state, and how it leaves the connection. */
async function outcomeOf(driver: CaseDriver, state: State, call: Call): Promise<[unknown, ...unknown[]]> {
  const { outcome, context } = await state(driver, call);
  const { db, reader, returning, promises } = context;
  const settled = await Promise.all(promises);
  const rows = attempt(() => db.prepare('SELECT a FROM t').pluck().all());
  // Read last: statements that nobody refers to any more are finalized.
  const busy = [reader.busy, returning.busy];
  const after = [db.open, db.inTransaction, busy, rows, attempt(() => db.exec('SELECT 1').open)];
  return settled.length > 0 ? [outcome, after, settled] : [outcome, after];
}

/** How a state itself leaves the connection, of each driver. */
function untouchedIn(state: State): (driver: CaseDriver) => Promise<unknown> {
  const known = new Map<string, Promise<[unknown, ...unknown[]]>>();
  return async (driver) => {
    const outcome = known.get(driver.name) ?? outcomeOf(driver, state, noCall);
    known.set(driver.name, outcome);
    return (await outcome)[1];
  };
}

function bodyOf(state: State, call: Call, untouchedOf: (driver: CaseDriver) => Promise<unknown>): CaseBody {
  return async (driver) => {
    const [outcome, after, ...settled] = await outcomeOf(driver, state, call);
    const untouched = await untouchedOf(driver);
    // What every call of the state leaves behind says nothing about this one.
    return isDeepStrictEqual(after, untouched) ? [outcome, ...settled] : [outcome, after, ...settled];
  };
}

function casesOf(state: string, enter: State): Cases {
  const untouchedOf = untouchedIn(enter);
  const named = Object.entries(calls).map(
    ([call, make]) => [`${state} > ${call}`, bodyOf(enter, make, untouchedOf)] as const,
  );
  return { [state]: (driver) => outcomeOf(driver, enter, noCall), ...Object.fromEntries(named) };
}

/** Every call in every state. */
export const cases: Cases = Object.assign(
  {},
  ...Object.entries(states).map(([state, enter]) => casesOf(state, enter)),
);

/** better-sqlite3 goes on with the statement that `close()` in a getter of its parameters has finalized. */
export const unsteady = (name: string): boolean =>
  /^inside a getter of (?!get, iterating).* > close/.test(name);
