// What is computed and shown of the rounds.
import { describe, expect, it } from 'vitest';

interface Slot {
  readonly cpuNs: number;
  readonly wallNs: number;
}
interface Part {
  readonly trial: string;
  readonly number: number;
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
  readonly cpuNs: Record<string, Spread>;
  readonly ratio: Record<string, Spread>;
  readonly ratioOnNode: Record<string, Spread>;
  readonly overFloor: Spread | undefined;
}

// Plain JavaScript, without types to import.
const bench = new URL('../../benches/js/', import.meta.url);
const { summarize } = (await import(new URL('summary.mjs', bench).href)) as {
  summarize: (parts: Part[]) => Summary;
};
const { formatReport, missedGoals } = (await import(new URL('report.mjs', bench).href)) as {
  formatReport: (summaries: Summary[], drivers: string[]) => string;
  missedGoals: (summary: Summary) => string[];
};

const slot = (cpuNs: number): Slot => ({ cpuNs, wallNs: cpuNs });
const part = (trial: string, number: number, rounds: Record<string, number>[]): Part => ({
  trial,
  number,
  title: trial,
  unit: 'row',
  unitsPerSlot: 10,
  rounds: rounds.map((costs) =>
    Object.fromEntries(Object.entries(costs).map(([driver, cpuNs]) => [driver, slot(cpuNs)])),
  ),
});
const against = (trial: string, number: number, peers: number[]): Part =>
  part(
    trial,
    number,
    peers.map((peer) => ({ ferrolite: 100, 'better-sqlite3': peer })),
  );

describe('a summary', () => {
  it('joins the rounds of all repetitions', () => {
    const winner = summarize([against('winner', 1, [200, 300]), against('winner', 2, [200, 250])]);
    expect(winner.ratio['better-sqlite3']).toEqual({ p25: 2, median: 2.25, p75: 2.625 });
    expect(winner.cpuNs['ferrolite']).toEqual({ p25: 10, median: 10, p75: 10 });
  });

  it('compares processes by their medians, repetition by repetition', () => {
    const inBun = (number: number, peer: number): Part =>
      part('get', number, [{ ferrolite: 100, 'bun:sqlite': peer }]);
    const onNode = (number: number, ours: number): Part =>
      part('get', number, [{ 'ferrolite on Node 24': ours }]);
    const summary = summarize([inBun(1, 80), onNode(1, 40), inBun(2, 80), onNode(2, 20)]);
    expect(summary.ratio).toMatchObject({ 'bun:sqlite': { median: 0.8 } });
    expect(summary.ratioOnNode).toMatchObject({ 'bun:sqlite': { p25: 2.5, median: 3, p75: 3.5 } });
    expect(missedGoals(summary)).toEqual([]);
  });
});

describe('the report', () => {
  it('puts losses first, and marks them and missed goals', () => {
    const loser = summarize([against('loser', 1, [80, 90, 70])]);
    const late = summarize([against('get', 1, [110])]);
    const winner = summarize([against('winner', 1, [200, 300])]);
    const [head, ...lines] = formatReport([winner, late, loser], ['ferrolite', 'better-sqlite3']).split('\n');
    expect(head).toMatch(/trial +cost of +ferrolite +better-sqlite3 +ratio +p25-p75 +goal$/);
    expect(lines[0]).toMatch(/^LOSS +loser +ns\/row +10 +8 +0\.80 +0\.75-0\.85 +-$/);
    expect(lines[1]).toMatch(/^ +winner +ns\/row +10 +25 +2\.50 +2\.25-2\.75 +-$/);
    expect(lines[2]).toMatch(/^goal +get +ns\/row +10 +11 +1\.10 +1\.10-1\.10 +1\.20$/);
  });
});
