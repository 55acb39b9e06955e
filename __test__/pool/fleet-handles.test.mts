// Thousands of databases: threads and descriptors stay within what `maxOpen` allows.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

const FILES = 2000;
const MAX_OPEN = 8;

// Writes to all databases, then reads some in another order, and counts whenever a call has ended.
const program = `
  const { openFleet } = require('ferrolite/pool');
  const { readdirSync, rmSync } = require('node:fs');
  const [directory, files, maxOpen] = [process.argv[1], Number(process.argv[2]), Number(process.argv[3])];
  const count = () => ['task', 'fd'].map((name) => readdirSync('/proc/self/' + name).length);
  const most = [0, 0];
  (async () => {
    // What Node itself starts for the first file is there.
    await Promise.all([1, 2, 3, 4].map(() => require('node:fs/promises').readdir(directory)));
    const before = count();
    const fleet = openFleet(directory, { maxOpen, pragmas: { synchronous: 'off' } });
    const look = () => count().forEach((n, index) => { most[index] = Math.max(most[index], n); });
    async function all(call, until, step) {
      let next = 0;
      const one = async () => {
        while (next < until) {
          const index = (next++ * step) % files;
          await call(fleet.pool('tenant-' + index), index);
          look();
        }
      };
      await Promise.all(Array.from({ length: 24 }, one));
    }
    await all((pool, index) => pool.exec('CREATE TABLE t (v); INSERT INTO t VALUES (' + index + ')'), files, 1);
    await all(async (pool, index) => {
      if ((await pool.get('SELECT v FROM t')).v !== index) throw new Error('rows of another tenant');
    }, files / 5, 7);
    const names = (await fleet.list()).length;
    const { open, opened } = fleet.stats();
    await fleet.close();
    // Threads that have closed their files are about to end.
    while (count().some((n, index) => n > before[index])) await new Promise(setImmediate);
    rmSync(directory, { recursive: true });
    console.log(JSON.stringify({ names, open, opened, before, most }));
  })();
`;

interface Counts {
  readonly names: number;
  readonly open: number;
  readonly opened: number;
  readonly before: [threads: number, files: number];
  readonly most: [threads: number, files: number];
}

it.runIf(process.platform === 'linux')(
  'a fleet of 2,000 databases has few threads and descriptors',
  () => {
    const args = ['-e', program, tempDir(), String(FILES), String(MAX_OPEN)];
    const child = spawnSync(process.execPath, args, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    });
    expect(child.stderr).toBe('');
    const { names, open, opened, before, most } = JSON.parse(child.stdout) as Counts;
    expect({ names, open }).toEqual({ names: FILES, open: MAX_OPEN });
    expect(opened).toBeGreaterThanOrEqual(FILES);
    // A writer and a reader each, and those that have closed their files and are about to end.
    expect(most[0] - before[0]).toBeLessThanOrEqual(MAX_OPEN * 3);
    // Each with the database and the log; one index of the log for both. One for each folder that is looked at.
    expect(most[1] - before[1]).toBeLessThanOrEqual(MAX_OPEN * 5 + 4);
  },
  120_000,
);
