// The training run of `npm run build -- --pgo`: work of every kind, so that the compiler learns which
// paths are taken. It is the same work each time; of each kind about as much as of any other.
//
//   node scripts/pgo/training.mjs [ADDON]    the addon to train; without it, the built one
//
// dist/ must be there: the addon is used as programs use it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'ferrolite';
import { fillLibrary, makeValues } from './data.mjs';
import { everyday } from './everyday.mjs';
import { files } from './files.mjs';
import { queries } from './queries.mjs';

const SEED = 20_261;
const nativeBinding = process.argv[2] && path.resolve(process.argv[2]);
const folder = mkdtempSync(path.join(tmpdir(), 'ferrolite-training-'));
const open = (name) => new Database(name, { nativeBinding });

async function timed(name, action) {
  const started = process.cpuUsage();
  await action();
  console.log(`${name}: ${Math.round(process.cpuUsage(started).user / 1000)} ms`);
}

try {
  const tools = { ...makeValues(SEED), open, folder };
  const db = open(path.join(folder, 'library.db'));
  db.pragma('journal_mode = wal');
  await timed('fill', () => fillLibrary(db, tools));
  for (const [name, part] of Object.entries({ ...everyday, ...queries, ...files })) {
    await timed(name, () => part(db, tools));
  }
  db.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
