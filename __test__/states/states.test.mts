import { describe, expect, it } from 'vitest';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { callNames, outcomeOf, stateNames } from './cases.mts';
import recorded from '../fixtures/states.json' with { type: 'json' };

const answers: Record<string, Record<string, unknown>> = recorded;
const dies = 'the process dies';
/** What better-sqlite3 leaves open after a rollback, and ours does not; by state and call. */
const rolledBack: Record<string, string> = { 'inside a transaction function': 'reader.iterate abandoned' };
const closed = { threw: { name: 'TypeError', message: 'The database connection is not open' } };

describe('recorded answers', () => {
  it('cover every call in every state', () => {
    expect(Object.keys(answers)).toEqual(stateNames);
    for (const state of stateNames) expect(Object.keys(answers[state] ?? {})).toEqual(callNames);
  });
});

describe.each(stateNames)('%s', (state) => {
  it.each(callNames)('%s', (call) => {
    const answer = answers[state]?.[call];
    const ours = outcomeOf(ferrolite.Database, state, call);
    if (answer === dies && call.startsWith('close')) {
      // The statement that is being bound finds its database closed.
      expect(ours).toMatchObject({ outcome: [[{ returned: 'false' }], closed], usable: closed });
      return;
    }
    if (answer === dies) {
      // better-sqlite3 makes nothing new while iterate() binds; for ours it is like any other method.
      expect(state).toBe('inside a getter of iterate');
      expect(ours).toStrictEqual(answers['inside a getter of all']?.[call]);
      return;
    }
    expect(outcomeOf(betterSqlite3.Database, state, call)).toStrictEqual(answer);
    if (rolledBack[state] === call) {
      expect(answer).toMatchObject({ after: { returned: ['true', 'true', 'true', []] } });
      expect(ours).toMatchObject({ after: { returned: ['true', 'false', 'true', []] } });
      return;
    }
    expect(ours).toStrictEqual(answer);
  });
});
