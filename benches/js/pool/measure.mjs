// One measure of a pool, or of what is used without one, in a process of its own.
//
// Argument: `{ measure, directory, ... }`; what else is in it says the measure. Prints one JSON object. Started by
// scripts/lib/bench/pool.mjs with the collectors on the main thread, see benches/js/clock.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const { measure, directory, ...options } = JSON.parse(process.argv[2]);
const home = mkdtempSync(join(directory, 'bench-pool-'));
try {
  const { run } = await import(`./${measure}.mjs`);
  process.stdout.write(`${JSON.stringify(await run(home, options))}\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
