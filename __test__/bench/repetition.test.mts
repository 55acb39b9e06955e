// The bench end to end on one tiny round: real drivers, a real process, the JSON that is kept.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

interface Slot {
  readonly cpuNs: number;
  readonly wallNs: number;
}
interface Repetition {
  readonly trial: string;
  readonly unitsPerSlot: number;
  readonly absent: readonly { name: string; reason: string }[];
  readonly rounds: Record<string, Slot>[];
}

const bench = new URL('../../benches/js/', import.meta.url);
const DRIVERS = ['ferrolite', 'better-sqlite3', 'node:sqlite', 'libsql'];

function repeat(options: object): { status: number | null; stdout: string; stderr: string } {
  const script = fileURLToPath(new URL('repetition.mjs', bench));
  const args = ['--expose-gc', '--single-threaded-gc', script, JSON.stringify(options)];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

describe('a repetition', () => {
  it('measures every driver in every round and leaves no files', () => {
    const directory = tempDir();
    const { status, stdout, stderr } = repeat({
      trial: 'get',
      drivers: DRIVERS,
      directory,
      rounds: 2,
      slotMs: 0.05,
      budgetMs: 100,
      seed: 1,
    });
    expect({ status, errors: stderr.includes('Error') }).toEqual({ status: 0, errors: false });
    const result = JSON.parse(stdout) as Repetition;
    expect(result).toMatchObject({
      trial: 'get',
      title: 'get',
      unit: 'call',
      cpuClock: expect.stringMatching(/^(thread|process)$/) as string,
      runtime: { node: process.versions.node },
      missing: [],
      answer: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(result.unitsPerSlot).toBeGreaterThan(0);
    expect(result.rounds).toHaveLength(2);
    for (const slots of result.rounds) {
      expect(Object.keys(slots).toSorted()).toEqual(DRIVERS.toSorted());
      for (const slot of Object.values(slots)) expect(slot.wallNs).toBeGreaterThan(0);
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it('fails for a trial that does not exist, and leaves no files', () => {
    const directory = tempDir();
    const { status, stderr } = repeat({
      trial: 'nonsense',
      drivers: DRIVERS,
      directory,
      rounds: 1,
      slotMs: 1,
      seed: 1,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('nonsense');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('every trial', async () => {
  const { listTrials } = (await import(new URL('trials.mjs', bench).href)) as {
    listTrials: () => Promise<string[]>;
  };

  it.each(await listTrials())('%s has the same answer in every driver that can do it', (trial) => {
    const { status, stdout, stderr } = repeat({ trial, drivers: DRIVERS, directory: tempDir(), rounds: 0 });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const absent = (JSON.parse(stdout) as Repetition).absent.map(({ name }) => name);
    expect(absent).toEqual(trial === 'user-function' ? ['libsql'] : []);
  });
});
