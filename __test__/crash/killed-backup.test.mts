import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { ferrolite } from '../helpers/drivers.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { checkTarget, killBackup, whole } from './killed-backup.mjs';

const LIMIT_MS = 120_000;
const empty = { tables: [], rows: 0, whole: false, integrity: 'ok', files: ['test.db'] };
const old = { ...empty, tables: ['old'] };

function existing(): string {
  return ferrolite.onDisk('CREATE TABLE old (a); INSERT INTO old VALUES (1)').close().name;
}

describe.each([
  // SQLite gives an empty database its first page, and so a journal, with the lock.
  ['a new file', () => tempDb(), empty, true],
  ['an existing database', existing, old, false],
])('a backup into %s that is killed', (_, pathOf, before, hasJournalAtOnce) => {
  it.each([
    ['after its first step', 1, hasJournalAtOnce],
    // 25 times 200 pages of 4096 bytes are more than the 16 MB that stay in memory.
    ['when a part is in the file', 25, true],
  ])(
    '%s is rolled back by the next reader',
    async (__, step, leavesJournal) => {
      const path = pathOf();
      const { hasJournal } = await killBackup(path, { step, stands: true });
      expect(hasJournal).toBe(leavesJournal);
      expect(checkTarget(path)).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'at a random moment is rolled back or whole',
    async () => {
      const random = seededRandom(20_262);
      for (let kill = 0; kill < 3; kill += 1) {
        const path = pathOf();
        const step = 20 + Math.floor(random() * 11);
        const { said } = await killBackup(path, { step, stands: false, spins: Math.floor(random() * 2e6) });
        const found = checkTarget(path);
        if (said.at(-1) === 'done') expect(found).toEqual(whole);
        else expect([before, whole]).toContainEqual(found);
      }
    },
    LIMIT_MS,
  );
});
