// What the hottest paths take in instructions of the main thread: runs under callgrind, started by
// scripts/lib/bench/instructions.mjs, which reads the counter whenever this process waits.
//
// Argument: `{ driver, trials, directory }`. Writes one line of JSON per reading, and waits for a
// byte: before the first counted window `{ "trial", "units": 0 }`, behind each with what `units` it had.
import { mkdtempSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadDriver, openEqually } from './drivers.mjs';
import { loadTrial } from './trials.mjs';

/** Of each run: V8 shall compile the function itself for good, and not only the loop that is running. */
const UNITS = 500;
const WARM_UP_RUNS = 160;
/** The compiler or the collector may be at work in some windows. */
const WINDOWS = 7;
const RUNS_PER_WINDOW = 8;

function waitForReading(mark) {
  writeSync(1, `${JSON.stringify(mark)}\n`);
  readSync(0, Buffer.alloc(1));
}

const { node } = process.versions;
const { driver: name, trials, directory } = JSON.parse(process.argv[2]);
const driver = await loadDriver(name);
const folder = mkdtempSync(join(directory, 'bench-'));
try {
  for (const id of trials) {
    const trial = await loadTrial(id, name);
    const path = join(folder, `${id}.db`);
    const db = openEqually(driver, path);
    trial.setUp(db);
    const { run, reset } = trial.prepare(db, { driver, path });
    const count = Math.ceil(UNITS / trial.unitsPerRun);
    for (let done = 0; done < WARM_UP_RUNS; done++) run(count);
    reset?.();
    const units = RUNS_PER_WINDOW * count * trial.unitsPerRun;
    waitForReading({ trial: id, units: 0 });
    for (let window = 1; window <= WINDOWS; window++) {
      for (let done = 0; done < RUNS_PER_WINDOW; done++) run(count);
      waitForReading({ trial: id, unit: trial.unit, units, isLast: window === WINDOWS, node });
    }
    db.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
