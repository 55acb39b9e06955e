// Processes that are killed in each stage of migrating, of which ../soak/migrate.mjs kills more, with a large file too.
import { describe, expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { build, FAILING, FILES, killAll, STAGES } from '../migrate/kills.mjs';
import { folderOf } from '../migrate/support.mts';

const LIMIT_MS = 120_000;
/** One after the other in the same file: the second one is killed while it goes on after the first. */
const killsIn = (stage: string) => [0, 4].map((delayMs) => ({ stage, delayMs }));

describe.each(['wal', 'delete'])(
  'a process that is killed leaves the rows of a known version, in journal mode %s,',
  (mode) => {
    it.each(STAGES.filter((stage) => stage !== 'put back'))(
      'at "%s", and the next one goes on',
      async (stage) => {
        const path = tempDb();
        const counts = build(path, { bytes: 500_000, mode });
        const { states } = await killAll(path, {
          counts,
          folder: folderOf(FILES),
          isFailing: false,
          kills: killsIn(stage),
        });
        expect(states).toHaveLength(3);
      },
      LIMIT_MS,
    );

    it(
      'while the copy of before is put back, and the next one puts it back',
      async () => {
        const path = tempDb();
        const counts = build(path, { bytes: 2_000_000, mode });
        const kills = killsIn('put back');
        const { hits } = await killAll(path, { counts, folder: folderOf(FAILING), isFailing: true, kills });
        expect(hits).toContain('put back');
      },
      LIMIT_MS,
    );
  },
);
