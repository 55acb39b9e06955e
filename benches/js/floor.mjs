// The files for benches/floor.rs, and its run: what a trial's statements cost without JavaScript.
//
// Argument: `{ trial, directory, program, runs, rounds }`. The database is filled by the trial with
// our driver. The plan is a database too, so its values keep their types on the way:
//
//   settings (name, value)                from `floor` of the trial, all optional, and `opening`:
//     executionsPerRun                    1 unless said
//     runBegin, runEnd                    statements around the executions of a run
//     slotBegin, slotEnd, reset           SQL around a slot, and before it, untimed
//   statements (number, sql)              one that is prepared once, or several, in turn
//   parameters (number, position, value)  lists that the executions take in turn
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OPENING, loadDriver, openEqually } from './drivers.mjs';
import { fill } from './fill.mjs';
import { FLOOR, OURS } from './summary.mjs';
import { loadTrial } from './trials.mjs';

function writePlan(db, { sql, parameters = [], ...settings }) {
  db.exec(`CREATE TABLE settings (name TEXT, value TEXT);
    CREATE TABLE statements (number INTEGER, sql TEXT);
    CREATE TABLE parameters (number INTEGER, position INTEGER, value)`);
  const named = Object.entries({ ...settings, opening: OPENING });
  fill(
    db,
    'INSERT INTO settings VALUES (?, ?)',
    named.map(([name, value]) => [name, String(value)]),
  );
  fill(
    db,
    'INSERT INTO statements VALUES (?, ?)',
    [sql].flat().map((text, number) => [number, text]),
  );
  const values = parameters.flatMap((list, number) =>
    list.map((value, position) => [number, position, value]),
  );
  fill(db, 'INSERT INTO parameters VALUES (?, ?, ?)', values);
}

const { trial: id, directory, program, runs, rounds } = JSON.parse(process.argv[2]);
const trial = await loadTrial(id, FLOOR);
const ours = await loadDriver(OURS);
const folder = mkdtempSync(join(directory, 'bench-floor-'));
try {
  const [database, plan] = ['data.db', 'plan.db'].map((name) => join(folder, name));
  const db = openEqually(ours, database);
  trial.setUp(db);
  db.close();
  const planned = ours.open(plan);
  writePlan(planned, trial.floor);
  planned.close();
  const { status, stdout, stderr } = spawnSync(program, [database, plan, runs, rounds].map(String), {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  const costs = JSON.parse(stdout).map((cost) => ({ [FLOOR]: cost }));
  const result = { trial: id, unitsPerSlot: trial.unitsPerRun * runs, cpuClock: 'thread', rounds: costs };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
