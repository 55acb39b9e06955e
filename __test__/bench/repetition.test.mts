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
  readonly title: string;
  readonly unit: string;
  readonly unitsPerSlot: number;
  readonly rounds: Record<string, Slot>[];
}
interface Spread {
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
}
interface Summary {
  readonly trial: string;
  readonly cpuNs: Record<string, Spread>;
  readonly ratio: Record<string, Spread>;
}
interface Report {
  summarize(repetitions: Repetition[]): Summary;
  formatReport(summaries: Summary[], drivers: string[]): string;
}

const bench = new URL('../../benches/js/', import.meta.url);
const DRIVERS = ['ferrolite', 'better-sqlite3', 'node:sqlite'];

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
      seed: 1,
    });
    expect({ status, errors: stderr.includes('Error') }).toEqual({ status: 0, errors: false });
    const result = JSON.parse(stdout) as Repetition;
    expect(result).toMatchObject({
      trial: 'get',
      title: 'get',
      unit: 'call',
      cpuClock: expect.stringMatching(/^(thread|process)$/) as string,
      runtime: { node: process.version },
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

describe('the report', async () => {
  // Plain JavaScript, without types to import.
  const report = (await import(new URL('report.mjs', bench).href)) as Report;
  const slot = (cpuNs: number): Slot => ({ cpuNs, wallNs: cpuNs });
  const repetition = (trial: string, ours: number, peers: number[]): Repetition => ({
    trial,
    title: trial,
    unit: 'row',
    unitsPerSlot: 10,
    rounds: peers.map((peer) => ({ ferrolite: slot(ours), 'better-sqlite3': slot(peer) })),
  });
  const winner = report.summarize([
    repetition('winner', 100, [200, 300]),
    repetition('winner', 100, [200, 250]),
  ]);
  const loser = report.summarize([repetition('loser', 100, [80, 90, 70])]);

  it('joins the rounds of all repetitions', () => {
    expect(winner.ratio['better-sqlite3']).toEqual({ p25: 2, median: 2.25, p75: 2.625 });
    expect(winner.cpuNs['ferrolite']).toEqual({ p25: 10, median: 10, p75: 10 });
  });

  it('puts losses first and marks them', () => {
    const [head, first, second] = report
      .formatReport([winner, loser], ['ferrolite', 'better-sqlite3'])
      .split('\n');
    expect(head).toMatch(/trial +cost of +ferrolite +better-sqlite3 +ratio +p25-p75$/);
    expect(first).toMatch(/^LOSS +loser +ns\/row +10 +8 +0\.80 +0\.75-0\.85$/);
    expect(second).toMatch(/^ +winner +ns\/row +10 +23 +2\.25 +2\.00-2\.63$/);
  });
});
