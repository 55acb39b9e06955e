// A round: pools and fleets are opened, called in every way, and closed. Then each promise is settled, nothing is left
// running, and the files are whole.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as steps from './steps.mjs';

const STEPS = 60;

/** Turns between the steps, so that answers come at any time. */
async function turns(count) {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

export async function round(world, choose, number) {
  world.begin(choose, steps);
  Object.assign(world, { at: join(world.folder, String(number)), controllers: [], opened: new Set() });
  mkdirSync(world.at);
  steps.open(world);
  for (let step = 0; step < STEPS && world.found === undefined; step += 1) {
    if (choose.chance(0.06)) steps.open(world);
    else steps.any(world);
    if (choose.chance(0.4)) await turns(choose.int(5));
  }
  for (const controller of world.controllers) controller.abort();
  await Promise.all([...world.opened].map((each) => each.close({ drainMs: 0 })));
  // Calls can make others.
  while (world.pending.size > 0 && world.found === undefined) await Promise.all(world.pending.keys());
  for (const each of world.opened) checkClosed(world, each);
  checkFiles(world);
  if (world.found !== undefined) throw new Error(world.found);
  rmSync(world.at, { recursive: true, force: true });
  return world.opened.size === 1 ? 'one pool or fleet' : 'several';
}

function checkClosed(world, each) {
  const stats = each.stats();
  const left = ['threads', 'waiting', 'running', 'open'].filter((name) => stats[name] > 0);
  if (!each.isClosed || left.length > 0) world.report(`closed, but has ${JSON.stringify(stats)}`);
}

function checkFiles(world) {
  const files = readdirSync(world.at, { recursive: true }).map((name) => join(world.at, name));
  for (const file of files.filter((name) => /\.(?:db|sqlite)$/.test(name))) {
    if (existsSync(`${file}-wal`)) world.report(`a log is left beside ${file}`);
    const db = new world.Database(file);
    const [integrity] = db.pragma('integrity_check').map((row) => row.integrity_check);
    db.close();
    if (integrity !== 'ok') world.report(`${file}: ${integrity}`);
  }
}
