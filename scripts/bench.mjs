// `npm run bench`: measures ours beside other drivers and prints the ratios.
//
//   npm run bench -- [--quick] [--trial get,insert] [--repetitions 3] [--rounds 31]
//                    [--runtime node22|node24|node26|bun] [--drivers ferrolite,better-sqlite3]
//                    [--no-floor] [--publish]
//   npm run bench -- --memory [--repetitions 3] [--runtime node24] [--publish]
//   npm run bench -- --instructions [--trial get] [--drivers ferrolite] [--publish]
//   npm run bench -- --fixtures [--repetitions 3] [--runtime node24] [--publish]
//   npm run bench -- pool [--quick] [--repetitions 3] [--runtime node24] [--publish]
//   npm run bench -- bulk [--quick] [--repetitions 3] [--runtime node24] [--publish]
//   npm run bench -- checkpoints [--quick] [--runtime node24] [--publish]
//   npm run bench -- migrate [--quick] [--runtime node24] [--publish]
//   npm run bench -- --page
//
// Each repetition of a trial is a fresh process (benches/js/repetition.mjs). The rounds of all of
// them go to bench-results/ as JSON, with the machine, the versions and the command. `--publish`
// writes to docs/results/ as well, and docs/performance.md from what is there; `--page` only that.
//
// "floor" is what the engine alone takes for the same statements, see benches/floor.rs.
// In Bun ours runs beside bun:sqlite, and ours on Node 24 takes turns with them.
import { listTrials } from '../benches/js/trials.mjs';
import { reportBulk } from './lib/bench/bulk.mjs';
import { reportCheckpoints } from './lib/bench/checkpoints.mjs';
import { compare } from './lib/bench/compare.mjs';
import { reportFixtures } from './lib/bench/fixtures.mjs';
import { reportInstructions } from './lib/bench/instructions.mjs';
import { reportMemory } from './lib/bench/memory.mjs';
import { readOptions } from './lib/bench/options.mjs';
import { writePage } from './lib/bench/page.mjs';
import { reportMigrate } from './lib/bench/migrate.mjs';
import { reportPool } from './lib/bench/pool.mjs';
import { filesDirectory } from './lib/bench/processes.mjs';
import { ensureBuilt, ensureProfiledAddon } from './lib/build.mjs';

const isProfile = (name) => name.startsWith('CARGO_PROFILE_');

/** A quick build is much slower than what is shipped, and says nothing about it. */
function warnOfProfile() {
  const set = Object.keys(process.env).filter(isProfile);
  if (set.length > 0) console.log(`warning: ${set.join(', ')} set: the addon is not built as it is shipped`);
}

/** What is published comes from the build that is shipped, whatever this shell is set to. */
async function ensureShippedBuild() {
  for (const name of Object.keys(process.env).filter(isProfile)) delete process.env[name];
  await ensureProfiledAddon();
}

async function main() {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const options = { ...readOptions(await listTrials()), directory: filesDirectory() };
  if (options.mode !== 'page') {
    // What fixtures cost is the system's: files are copied. What pools give is that of threads and disks.
    if (options.publish && !['fixtures', 'pool', 'checkpoints', 'migrate'].includes(options.mode))
      await ensureShippedBuild();
    else await ensureBuilt();
    warnOfProfile();
    const measures = {
      compare,
      memory: reportMemory,
      instructions: reportInstructions,
      fixtures: reportFixtures,
      pool: reportPool,
      bulk: reportBulk,
      checkpoints: reportCheckpoints,
      migrate: reportMigrate,
    };
    const measure = measures[options.mode];
    await measure(options, command);
  }
  if (options.mode === 'page' || options.publish) writePage();
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
}
