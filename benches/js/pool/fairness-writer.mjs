// One process of fairness.mjs: inserts row after row, and says how long each took.
import { loadDriver, openEqually } from '../drivers.mjs';
import { equalPool, POOL } from './ways.mjs';

const INSERT = 'INSERT INTO log (line) VALUES (?)';
const BUSY_TIMEOUT_MS = 10_000;

const { way, file, durationMs } = JSON.parse(process.argv[2]);

async function openWriter() {
  if (way === POOL) {
    const pool = equalPool(file, { readers: 1, busyTimeoutMs: BUSY_TIMEOUT_MS });
    return { write: (line) => pool.run(INSERT, [line]), close: () => pool.close() };
  }
  const db = openEqually(await loadDriver('better-sqlite3'), file);
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const statement = db.prepare(INSERT);
  return { write: async (line) => statement.run(line), close: async () => db.close() };
}

const { write, close } = await openWriter();
await write('the first');
const begin = new Promise((resolve) => process.once('message', resolve));
process.send('ready');
await begin;
const waitsMs = [];
let failed = 0;
const until = performance.now() + durationMs;
for (let before = performance.now(); before < until;) {
  try {
    await write('a line of some length, as logs have them');
  } catch (error) {
    if (!error.code?.startsWith('SQLITE_BUSY')) throw error;
    failed += 1;
  }
  const after = performance.now();
  waitsMs.push(after - before);
  before = after;
}
await new Promise((resolve) => process.send({ waitsMs, failed }, resolve));
await close();
process.disconnect();
