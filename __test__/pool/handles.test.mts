// Pools that have ended leave nothing in the process.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

// Counts what the process has before and after; `how` ends a pool.
const program = (how: string) => `
  const { openPool } = require('ferrolite/pool');
  const { readdirSync } = require('node:fs');
  const count = () => ['task', 'fd'].map((name) => readdirSync('/proc/self/' + name).length);
  const log = () => readdirSync(process.argv[1]).filter((name) => name.endsWith('-wal')).length;
  const turn = () => new Promise(setImmediate);
  async function use(index) {
    const pool = openPool(process.argv[1] + '/' + index + '.db', { readers: 3 });
    await pool.exec('CREATE TABLE t (v)');
    await Promise.all([1, 2, 3, 4].map(() => pool.all('SELECT * FROM t')));
    await pool.read((snapshot) => snapshot.all('SELECT * FROM t'));
    for await (const row of pool.iterate('VALUES (1), (2)')) break;
    ${how}
  }
  (async () => {
    await use(0);
    const settled = async (wanted) => {
      while (String(count()) !== String(wanted) || log() > 0) { gc(); await turn(); }
    };
    for (let round = 0; round < 20; round += 1) { gc(); await turn(); }
    const idle = [count()[0], count()[1]];
    const before = process.argv[2] === 'close' ? idle : undefined;
    for (let index = 1; index <= 40; index += 1) await use(index);
    if (before) await settled(before);
    else while (log() > 0) { gc(); await turn(); }
    console.log('nothing left');
  })();
`;

describe.runIf(process.platform === 'linux')('neither threads nor files are left', () => {
  it.each([
    ['close', 'await pool.close();'],
    ['collected', ''],
  ])('of pools that are %s', (name, how) => {
    const child = spawnSync(process.execPath, ['--expose-gc', '-e', program(how), tempDir(), name], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    });
    expect(child.stderr).toBe('');
    expect(child.stdout).toBe('nothing left\n');
  });
});
