// Migrations by several processes at once, and migrations that are killed, until the time is up; see ../migrate/race.mjs and
// ../crash/killed-migration.mjs.
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../benches/js/random.mjs';
import * as killed from '../crash/killed-migration.mjs';
import * as races from '../migrate/race.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const seed = Number(values.seed);
const random = seededRandom(seed);
const end = performance.now() + Number(values.seconds) * 1000;
const home = mkdtempSync(join(tmpdir(), 'ferrolite-soak-migrate-'));
console.log(`seed ${seed}`);

function folder(name, files) {
  const path = join(home, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

/** The path of a database in a folder of its own. */
const database = () => join(mkdtempSync(join(home, 'db-')), 'test.db');

async function raced(migrations) {
  const path = database();
  const wrong = races.complaint(path, await races.race(path, migrations, 4));
  if (wrong !== undefined) throw new Error(`a race went wrong: ${wrong}`);
  rmSync(join(path, '..'), { recursive: true });
}

async function kill(migrations) {
  const path = database();
  const point = Math.floor(random() * killed.POINTS);
  await killed.killMigration(path, migrations, { point, stands: false, spins: Math.floor(random() * 3e6) });
  const { files: _, ...found } = killed.checkMigrated(path);
  if (!killed.STATES.some((state) => isDeepStrictEqual(state, found))) {
    throw new Error(`killed at ${point}, it left ${JSON.stringify(found)}`);
  }
  const said = killed.finishMigration(path, migrations);
  const after = killed.checkMigrated(path);
  if (said !== 'done' || !isDeepStrictEqual(after, { ...killed.STATES.at(-1), files: ['test.db'] })) {
    throw new Error(`killed at ${point}, it went on to ${said} ${JSON.stringify(after)}`);
  }
  rmSync(join(path, '..'), { recursive: true });
}

let count = 0;
const folders = { races: folder('races', races.FILES), kills: folder('kills', killed.FILES) };
try {
  for (; performance.now() < end; count += 1) {
    await raced(folders.races);
    await kill(folders.kills);
    if (count % 10 === 9) console.log(`${count + 1} races and kills`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(
  `seed ${seed}: ${count} races of 4 processes and ${count} kills, each migration applied once, every file sound`,
);
