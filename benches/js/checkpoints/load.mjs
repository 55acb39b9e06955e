// A log under full load: one process writes, two read without a gap, and this one looks at the size of the log.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getDb } from 'ferrolite';
import { startCheckpointer } from 'ferrolite/ops';

const READERS = 2;
const SNAPSHOT_MS = 10;
const SAMPLE_MS = 100;
/** A run is given up before it fills the disk. */
const MOST_BYTES = 8 * 2 ** 30;

/** Starts a program beside this one; its last line is its result. */
async function start(name, ...args) {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await once(output, 'line');
  return {
    tell: (line) => child.stdin.write(`${line}\n`),
    async end() {
      const ended = once(child, 'close');
      child.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
      return JSON.parse(lines.at(-1));
    },
  };
}

function sizeOf(path) {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * @param {{ seconds: number, checkpointer?: object | false, hold?: [from: number, to: number], onSample?: Function }} how
 *   `checkpointer`: its options, or false for SQLite's automatic checkpoints alone. `hold`: from when to when, in
 *   seconds, one snapshot stays open.
 */
export async function underLoad({ seconds, checkpointer: options, hold, onSample }) {
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-load-'));
  const path = join(folder, 'load.db');
  const db = getDb(path);
  db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB);
    INSERT INTO t (x) SELECT randomblob(2000) FROM (WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n)`);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const checkpointer = options ? startCheckpointer(path, options) : undefined;
  const warnings = [];
  checkpointer?.on('warning', ({ code, message }) => warnings.push({ code, message }));
  try {
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => start('reader', path, SNAPSHOT_MS)),
    );
    const writer = await start('writer', path, options ? 0 : 1000);
    const began = performance.now();
    const samples = [];
    const [from, to] = hold ?? [Infinity, Infinity];
    let isHeld = false;
    for (let second = 0; second < seconds; second = (performance.now() - began) / 1000) {
      const bytes = sizeOf(path);
      samples.push([Math.round(second * 1000), bytes]);
      onSample?.(second, bytes);
      if (!isHeld && second >= from && second < to) readers[0].tell('hold');
      if (isHeld && second >= to) readers[0].tell('release');
      isHeld = second >= from && second < to;
      if (bytes > MOST_BYTES) break;
      await sleep(SAMPLE_MS);
    }
    const written = await writer.end();
    const read = await Promise.all(readers.map((reader) => reader.end()));
    await checkpointer?.stop();
    const stats = checkpointer?.stats();
    return {
      seconds: Math.round((performance.now() - began) / 1000),
      peakBytes: Math.max(...samples.map(([, bytes]) => bytes)),
      ...written,
      snapshots: read.reduce((sum, { snapshots }) => sum + snapshots, 0),
      warnings,
      ...(stats && {
        checkpoints: {
          passive: stats.passive,
          truncated: stats.truncated,
          busy: stats.busy,
          failed: stats.failed,
        },
      }),
      samples,
    };
  } finally {
    await checkpointer?.stop();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
