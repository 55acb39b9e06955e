// Several processes that migrate at the same moment.
import { expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { complaint, FILES, race } from './race.mjs';
import { folderOf } from './support.mts';

it('apply each migration once', { timeout: 120_000 }, async () => {
  const folder = folderOf(FILES);
  for (let round = 0; round < 3; round += 1) {
    const path = tempDb();
    expect(complaint(path, await race(path, folder, 4))).toBeUndefined();
  }
});
