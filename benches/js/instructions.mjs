// What the hottest paths take in instructions of the main thread: runs under callgrind, started by
// scripts/lib/bench/instructions.mjs, which reads the counter whenever this process waits.
//
// Argument: `{ driver, trials, directory }`. Writes one line of JSON per reading, and waits for a
// byte: before the counted runs `{ "trial", "units": 0 }`, behind them with what `units` there were.
import { mkdtempSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadDriver, openEqually } from './drivers.mjs';
import { loadTrial } from './trials.mjs';

/** Units before counting: as many as V8 needs to compile what is hot for good. */
const WARM_UP_UNITS = 30_000;
const COUNTED_UNITS = 10_000;

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
    const runs = (units) => Math.ceil(units / trial.unitsPerRun);
    run(runs(WARM_UP_UNITS));
    reset?.();
    globalThis.gc();
    const counted = runs(COUNTED_UNITS);
    waitForReading({ trial: id, units: 0 });
    run(counted);
    waitForReading({ trial: id, unit: trial.unit, units: counted * trial.unitsPerRun, node });
    db.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
