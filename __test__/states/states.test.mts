import { describe, expect, it } from 'vitest';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { callNames, outcomeOf, stateNames } from './cases.mts';
import recorded from './answers.json' with { type: 'json' };

const answers: Record<string, Record<string, unknown>> = recorded;
const dies = 'the process dies';

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
    if (answer === dies) {
      // Closing the database from inside a getter: the statement that is being bound finds it closed.
      expect(call).toMatch(/^close/);
      expect(JSON.stringify(ours)).toContain('TypeError');
      return;
    }
    expect(outcomeOf(betterSqlite3.Database, state, call)).toStrictEqual(answer);
    expect(ours).toStrictEqual(answer);
  });
});
