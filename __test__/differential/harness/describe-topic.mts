/** The cases of a topic as tests: better-sqlite3 still answers as recorded, and ours answers the same. */
import { createRequire } from 'node:module';
import { afterAll, describe, expect, it } from 'vitest';
import { betterSqlite3, ferrolite } from '../../helpers/drivers.mts';
import { CaseRunner, type CaseBody } from './case.mts';
import { caseId, deliberateAnswer, recordedAnswers, runtimeAnswer, thisRuntime } from './expectations.mts';
import { loadTopic } from './topics.mts';

const home = createRequire(import.meta.url).resolve('ferrolite');

export async function describeTopic(topic: string): Promise<void> {
  const { cases } = await loadTopic(topic);
  const recorded = recordedAnswers(topic);
  const [ours, theirs] = [ferrolite, betterSqlite3].map(
    ({ name, Database }) => new CaseRunner({ name, constructor: Database, home }),
  ) as [CaseRunner, CaseRunner];

  describe(topic, () => {
    afterAll(() => {
      ours.end();
      theirs.end();
    });

    it('has a recorded answer for every case, and no other', () => {
      expect(Object.keys(recorded)).toEqual(Object.keys(cases));
    });

    it.each(Object.entries<CaseBody>(cases))('%s', async (name, body) => {
      const id = caseId(topic, name);
      const answer = recorded[name];
      const here = runtimeAnswer(thisRuntime(), id);
      if (typeof answer !== 'string') {
        const given = await theirs.run(body);
        // On the list is what ours gives on this Node, and theirs differs there in the same way.
        if (here === undefined) expect(given).toStrictEqual(answer);
      }
      expect(await ours.run(body)).toStrictEqual(here ?? deliberateAnswer(id) ?? answer);
    });
  });
}
