// One process of the fuzzer: makes calls until it has made enough, or has found something.
//
//   node --expose-gc child.mjs --seed 7 --calls 5000 --root <package> --folder <empty folder> [--verbose]
//
// Prints a line of JSON for each sign of life, and one at the end. Its journal is `<folder>/journal.txt`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { platformTuple } from '../../scripts/lib/paths.mjs';
import { Canary } from './canary.mjs';
import { contractOf } from './contract.mjs';
import { Handles, OpenFiles, openFiles } from './handles.mjs';
import { Journal } from './journal.mjs';
import { steps } from './steps/index.mjs';
import { surfaceOf } from './surface.mjs';
import { Finding, World } from './world.mjs';

/** Calls between two signs of life. */
const PROGRESS_CALLS = 250;
/** Calls after which everything is dropped, and must be gone. */
const EPOCH_CALLS = 2500;
/** Turns of the event loop that the collection of everything may take. */
const MAX_TURNS = 40;
/** What may stay allocated of one epoch, with the caches of the package, the fuzzer and V8. */
const MAX_KEPT_BYTES = 24 * 2 ** 20;

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string' },
    calls: { type: 'string' },
    root: { type: 'string' },
    folder: { type: 'string' },
  },
});
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The guarded database: nobody may write to it. */
function makeGuarded(Database, path) {
  const db = new Database(path);
  db.exec("CREATE TABLE guarded (a); INSERT INTO guarded VALUES ('as it was'), (zeroblob(9000))");
  db.close();
}

const hashOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

function prepareWorld(root, folder) {
  const require = createRequire(import.meta.url);
  const tuple = platformTuple();
  const addonPath = join(root, 'native', `ferrolite.${tuple}.node`);
  const addon = require(addonPath);
  const handles = new Handles(addon);
  const Database = require(root);
  const entries = [Database, require(join(root, 'platform', `${entryName(tuple)}.js`))];
  const journal = new Journal(join(folder, 'journal.txt'));
  const world = new World({ seed: Number(given.seed), journal, contract: contractOf(root, Database), steps });
  const at = (name) => join(folder, name);
  const paths = {
    guarded: at('guarded.db'),
    missing: at('missing/none.db'),
    shared: (choose) => at(`shared-${choose.int(3)}.db`),
    client: (choose) => at(`client-${choose.int(2)}.db`),
    backup: (choose) => at(`backup-${choose.int(2)}.db`),
  };
  makeGuarded(Database, paths.guarded);
  const surface = surfaceOf(entries);
  const canary = new Canary(world, Database, at('canary.db'));
  const files = new OpenFiles((number) => at(`descriptor-${number}.db`));
  const about = {
    root: Database,
    entries,
    addon,
    addonPath,
    paths,
    files,
    surface,
    canary,
    handles,
    removers: [],
  };
  return Object.assign(world, about);
}

/** The name of the entry of this platform: `linux-x64` of `linux-x64-gnu`. */
function entryName(tuple) {
  const [platform, arch, library] = tuple.split('-');
  return `${platform}${library === 'musl' ? 'musl' : ''}-${arch}`;
}

/** Drops everything, and waits until nothing is left of it. */
async function dropAll(world, expected) {
  for (let turns = 0; turns < MAX_TURNS; turns += 1) {
    await Promise.all(world.pending.splice(0));
    // Each time: generators that are ended when their statements are collected run code of the fuzzer.
    letGo(world);
    globalThis.gc();
    await turn();
    if (world.handles.count !== expected.handles) continue;
    // Not before the databases that use them.
    world.files.close();
    if (openFiles() === expected.files) return;
  }
  throw new Finding(
    `not given back: ${world.handles.count} and ${openFiles()} files are open, at the start ${expected.handles} and ${expected.files}`,
  );
}

/** A function of its own: what an asynchronous one has touched last stays alive while it waits. */
function letGo(world) {
  for (const record of world.pool.of('iterator')) if (record.isOpen) world.call(record, 'return', []);
  world.forget();
  while (world.removers.length > 0) world.removers.pop()();
  closeClient(world);
}

/** An iterator of it that nobody has any more keeps a connection of the client open; then the client is told. */
function closeClient(world) {
  const { connections } = globalThis[Symbol.for('ferrolite.connections')] ?? { connections: new Map() };
  try {
    world.root.closeDatabase();
  } catch {
    for (const connection of connections.values()) connection.forceClose();
    connections.clear();
  }
}

/** Bytes that JavaScript and its buffers keep. */
function keptBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function fuzz(world, calls) {
  const hash = hashOf(world.paths.guarded);
  await dropCanaries();
  const expected = { handles: world.handles.count, files: openFiles() };
  let [saidAt, epoch, kept] = [0, 1, 0];
  for (let step = 0; world.calls < calls; step += 1) {
    world.step(step);
    if (world.wantsTurn || step % 50 === 0) {
      world.wantsTurn = false;
      await turn();
    }
    if (world.calls - saidAt >= PROGRESS_CALLS) say({ calls: (saidAt = world.calls) });
    if (world.calls >= EPOCH_CALLS * epoch) {
      epoch += 1;
      await dropAll(world, expected);
      if (epoch === 3) kept = keptBytes();
    }
  }
  await dropAll(world, expected);
  const more = keptBytes() - kept;
  if (epoch > 3 && more > MAX_KEPT_BYTES)
    throw new Finding(`${Math.round(more / 2 ** 20)} MB more are in use than at first`);
  checkFiles(world, hash);
}

async function dropCanaries() {
  globalThis.gc();
  await turn();
  globalThis.gc();
  await turn();
}

/** What must be true of the files in the end. */
function checkFiles(world, hash) {
  const complaint = world.canary.close();
  if (complaint !== undefined) throw new Finding(complaint);
  const { guarded } = world.paths;
  if (hashOf(guarded) !== hash) throw new Finding('the guarded database was changed');
  for (const name of readdirSync(given.folder)) {
    if (/^guarded.db-/.test(name)) throw new Finding(`${name} lies beside the guarded database`);
    if (!/^(?:shared|client|backup|descriptor)-\d\.db$/.test(name)) continue;
    const path = join(given.folder, name);
    if (world.hostileCopies.has(path)) continue;
    const db = new world.root(path);
    const check = db.pragma('integrity_check', { simple: true });
    db.close();
    if (check !== 'ok') throw new Finding(`${name} is damaged: ${check}`);
  }
}

/** What nobody waits for: exceptions of callbacks while something is collected, rejections. */
function watchProcess(world) {
  const judge = (what) => (error) => {
    const value = error instanceof Error ? (error.cause ?? error) : error;
    if (world.isOwn(value) || world.contract.isOfEngine(value)) return;
    world.report(`${what}: ${String(error?.stack ?? error)}`);
  };
  process.on('uncaughtException', judge('nobody has caught'));
  process.on('unhandledRejection', judge('nobody has handled'));
  process.on('warning', judge('a warning'));
}

mkdirSync(given.folder, { recursive: true });
process.chdir(given.folder);
process.env.SQLITE_DB_PATH = join(given.folder, 'client-0.db');
const world = prepareWorld(given.root, given.folder);
world.collect = () => {
  globalThis.gc();
  world.wantsTurn = true;
};
watchProcess(world);
let finding;
try {
  await fuzz(world, Number(given.calls));
  finding = world.found?.message;
} catch (error) {
  finding =
    error instanceof Finding ? error.message : `the fuzzer has failed: ${error?.stack ?? String(error)}`;
}
say({ calls: world.calls, called: [...world.called.keys()], finding, isDone: true });
process.exitCode = finding === undefined ? 0 : 1;
