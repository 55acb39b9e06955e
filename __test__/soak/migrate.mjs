// Migrations: random ones, races of processes, processes that are killed, and a large file; see ../migrate. The random ones
// take a share of the time, the rest is counted. The last line has the figures.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'ferrolite';
import { Migrator } from 'ferrolite/migrate';
import { seededRandom } from '../../benches/js/random.mjs';
import * as kills from '../migrate/kills.mjs';
import * as races from '../migrate/race.mjs';
import { checkRebuild } from '../migrate/rebuilds.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
    races: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '300' },
    megabytes: { type: 'string', default: '1000' },
  },
});
const seed = Number(values.seed);
const random = seededRandom(seed);
const below = (end) => Math.floor(random() * end);
const one = (items) => items[below(items.length)];
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
const remove = (path) => rmSync(join(path, '..'), { recursive: true });

/** @returns How often each of `names` is there. */
const tally = (names) =>
  Object.fromEntries(
    [...new Set(names)].toSorted().map((name) => [name, names.filter((each) => each === name).length]),
  );

async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { seconds: Math.round((performance.now() - started) / 100) / 10, result };
}

/** @returns How many there were, and how many of them did harm. */
async function randomMigrations(seconds) {
  const end = performance.now() + seconds * 1000;
  const outcomes = [];
  for (let next = seed; performance.now() < end; next += 1) {
    const { isHarmless, outcome } = await checkRebuild(seededRandom(next), home).catch((error) => {
      throw new Error(`random migration of seed ${next}`, { cause: error });
    });
    // A turn of the event loop, in which what was collected is finalized.
    await new Promise((resolve) => setImmediate(resolve));
    outcomes.push(isHarmless ? 'applied' : outcome.split(':')[0]);
    if (outcomes.length % 2000 === 0) console.log(`${outcomes.length} random migrations`);
  }
  return { count: outcomes.length, outcomes: tally(outcomes) };
}

/** How many races the same processes take part in. */
const RACES_A_PROCESS = 50;
const MOST_RACERS = 6;

async function race(count) {
  const migrations = folder('races', races.FILES);
  const sizes = [];
  let racers;
  try {
    for (let index = 0; index < count; index += 1) {
      if (index % RACES_A_PROCESS === 0) {
        racers?.end();
        racers = new races.Racers(MOST_RACERS);
      }
      const path = database();
      // One of three finds no file, as at the very first start.
      const mode = one([undefined, 'wal', 'delete']);
      if (mode !== undefined) new Database(path).exec(`PRAGMA journal_mode = ${mode}; VACUUM`).close();
      const size = 2 + below(MOST_RACERS - 1);
      const options = one([{}, { rehearse: false }, { rehearse: false, backup: true }]);
      const wrong = await racers.race(path, migrations, size, options);
      if (wrong !== undefined) throw new Error(`race ${index + 1} of ${size} processes, ${mode}: ${wrong}`);
      sizes.push(size);
      remove(path);
      if ((index + 1) % 100 === 0) console.log(`${index + 1} races`);
    }
  } finally {
    racers?.end();
  }
  return { count: sizes.length, calls: sizes.reduce((sum, size) => sum + size, 0), processes: tally(sizes) };
}

/** In a small file a process is through within this time. */
const KILL_WITHIN_MS = 30;
const KILLS_A_FILE = 4;
const SMALL_BYTES = 1_000_000;

async function kill(count, folders) {
  const hits = [];
  const states = [];
  let files = 0;
  // One that was through before it was killed does not count.
  for (let index = 0; hits.length < count; index += 1) {
    const path = database();
    const isFailing = random() < 0.4;
    const mode = one(['wal', 'delete']);
    const counts = kills.build(path, { bytes: SMALL_BYTES, mode });
    const stages = one([kills.STAGES, kills.STAGES, ['up 2_steps'], isFailing ? ['put back'] : kills.STAGES]);
    const due = Array.from({ length: 1 + below(KILLS_A_FILE) }, () => ({
      stage: one(stages),
      delayMs: below(KILL_WITHIN_MS),
    }));
    const task = { counts, folder: isFailing ? folders.failing : folders.good, isFailing, kills: due };
    const found = await kills.killAll(path, task).catch((error) => {
      throw new Error(`file ${index + 1}, ${mode}, ${JSON.stringify(due)}`, { cause: error });
    });
    hits.push(...found.hits);
    states.push(...found.states.slice(1));
    remove(path);
    files += 1;
    if (files % 25 === 0) console.log(`${hits.length} kills`);
  }
  return { count: hits.length, files, stages: tally(hits), versions: tally(states) };
}

/** Of a large file: one kill in each stage, some way into it. */
const LARGE_KILLS = [
  ['rehearse 1_rebuild', 500],
  ['rehearse 2_steps', 1500],
  ['backup', 1500],
  ['up 1_rebuild', 150],
  ['up 2_steps', 1500],
  ['up 2_steps', 400],
  ['up 3_index', 300],
];

async function large(megabytes, folders) {
  const path = database();
  const bytes = megabytes * 1e6;
  const counts = kills.build(path, { bytes, mode: 'wal' });
  const size = statSync(path).size;
  const before = kills.digestOf(path);
  console.log(`a file of ${size} bytes`);
  const same = (what) => {
    if (kills.digestOf(path) !== before) throw new Error(`${what}: other rows than before`);
  };
  const failing = { counts, folder: folders.failing, isFailing: true, kills: [] };
  const putBack = await timed(() => kills.killAll(path, failing));
  if (kills.stateOf(path, counts) !== 0) throw new Error('the first state was not put back');
  same('put back');
  console.log(`put back after ${putBack.seconds} s`);

  const hits = [];
  const states = [];
  const killed = async (file, due, migrations) => {
    const { said, isKilled } = await kills.migrate(file, migrations, due);
    states.push(kills.stateOf(file, counts));
    // Those of before are as large as the database.
    for (const name of readdirSync(dirname(file)).filter((each) => /\.before-.*Z$/.test(each))) {
      rmSync(join(file, '..', name));
    }
    if (isKilled && !/^(?:done|failed)/.test(said.at(-1))) hits.push(said.at(-1));
    console.log(`killed after "${said.at(-1)}": version ${states.at(-1)}`);
  };
  const share = megabytes / 1000;
  const spoilt = database();
  copyFileSync(path, spoilt);
  await killed(spoilt, { stage: 'put back', delayMs: 1500 * share }, folders.failing);
  if (kills.digestOf(spoilt) !== before)
    throw new Error('killed while it was put back: other rows than before');
  remove(spoilt);

  // As a user would do it, without anything that goes wrong.
  const copy = database();
  copyFileSync(path, copy);
  const whole = await timed(() => new Migrator(copy, folders.good, { rehearse: true, backup: true }).up());
  if (kills.stateOf(copy, counts) !== 4) throw new Error('not all was applied');
  remove(copy);
  console.log(`migrated in ${whole.seconds} s`);

  for (const [stage, delayMs] of LARGE_KILLS)
    await killed(path, { stage, delayMs: delayMs * share }, folders.good);
  const end = await timed(() =>
    kills.killAll(path, { counts, folder: folders.good, isFailing: false, kills: [] }),
  );
  same('after all kills');
  remove(path);
  return {
    bytes: size,
    rows: counts.customers + counts.orders,
    withRehearsalAndBackupSeconds: whole.seconds,
    failedAndPutBackSeconds: putBack.seconds,
    kills: hits.length,
    stages: tally(hits),
    versions: states,
    lastRunSeconds: end.seconds,
  };
}

try {
  const folders = { good: folder('good', kills.FILES), failing: folder('failing', kills.FAILING) };
  const started = performance.now();
  const figures = { seed };
  figures.random = await randomMigrations(Number(values.seconds) / 2);
  figures.races = await race(Number(values.races));
  figures.kills = await kill(Number(values.kills), folders);
  figures.large = await large(Number(values.megabytes), {
    good: folder('large', kills.withoutVacuum(kills.FILES)),
    failing: folder('large-failing', kills.withoutVacuum(kills.FAILING)),
  });
  figures.seconds = Math.round((performance.now() - started) / 1000);
  console.log(JSON.stringify(figures));
} finally {
  rmSync(home, { recursive: true, force: true });
}
