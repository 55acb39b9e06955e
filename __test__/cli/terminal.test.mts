// What depends on a terminal: colours, width, progress, questions that are not asked.
import { describe, expect, it } from 'vitest';
import { lineOf as progressLine } from '../../dist/cli/progress.js';
import { cut, widthOf } from '../../dist/cli/text.js';
import { database, ferrolite, hasTerminal, onTerminal, plain } from './support.mts';

const ESCAPE = '\u001B';
/** To the beginning of the line, which is emptied. */
const CLEAR = `\r${ESCAPE}[K`;
/** Long enough on every machine that progress shows. */
const SLOW = `CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 400000)
    INSERT INTO t SELECT i, printf('%0200d', i) FROM n`;

describe('colours', () => {
  it('are not in what a program reads', () => {
    expect(ferrolite(['check', '--db', database()]).stdout).not.toContain(ESCAPE);
    expect(ferrolite(['check', '--db', 'none'], {}).stderr).not.toContain(ESCAPE);
  });

  it('are forced by FORCE_COLOR, also where NO_COLOR is set', () => {
    const path = database();
    const run = (env: Record<string, string>): string => ferrolite(['check', '--db', path], { env }).stdout;
    expect(run({ FORCE_COLOR: '1' })).toContain(`${ESCAPE}[32mok${ESCAPE}[39m`);
    expect(run({ FORCE_COLOR: '1', NO_COLOR: '1' })).toContain(ESCAPE);
    expect(run({ FORCE_COLOR: '0' })).not.toContain(ESCAPE);
  });

  it.runIf(hasTerminal)('are on a terminal, unless NO_COLOR or TERM=dumb takes them away', () => {
    const path = database();
    const run = (env: Record<string, string>): string => onTerminal(['check', '--db', path], { env }).shown;
    expect(run({})).toContain(`${ESCAPE}[32mok`);
    expect(run({ NO_COLOR: '1' })).not.toContain(ESCAPE);
    expect(run({ TERM: 'dumb' })).not.toContain(ESCAPE);
    expect(run({ FORCE_COLOR: '0' })).not.toContain(ESCAPE);
  });

  it.runIf(hasTerminal)('mark errors', () => {
    const { status, shown } = onTerminal(['check', '--bd']);
    expect([status, shown]).toEqual([2, `${ESCAPE}[31mferrolite:${ESCAPE}[39m There is no option --bd\n`]);
  });
});

describe.runIf(hasTerminal)('the width of the terminal', () => {
  it('cuts what is too long', () => {
    const path = database("CREATE TABLE t (a, b); INSERT INTO t VALUES ('short', printf('%0100d', 7))");
    const { shown } = onTerminal(['query', '--db', path, 'SELECT * FROM t'], { columns: 40 });
    const lines = plain(shown).split('\n');
    expect(lines[2]).toBe(`short  ${'0'.repeat(32)}…`);
    expect(lines.every((line) => widthOf(line) <= 40)).toBe(true);
    expect(onTerminal(['query', '--db', path, 'SELECT * FROM t'], { columns: 200 }).shown).toContain('0007');
  });

  it('shows columns below each other where they do not fit', () => {
    const names = Array.from({ length: 12 }, (_, index) => `'the value' AS column_${index}`).join(', ');
    const { shown } = onTerminal(['query', '--db', database(), `SELECT ${names}`], { columns: 60 });
    expect(plain(shown).split('\n').slice(0, 3)).toEqual([
      '-- row 1',
      'column_0   the value',
      'column_1   the value',
    ]);
  });

  it('holds for help and health too', () => {
    for (const args of [['--help'], ['health', '--db', database()]]) {
      const { shown } = onTerminal(args, { columns: 50 });
      const lines = plain(shown).split('\n').slice(1);
      expect(lines.filter((line) => line.length > 50)).toEqual([]);
    }
  });
});

describe('progress', () => {
  it.runIf(hasTerminal)('is written over on a terminal and gone at the end', () => {
    const { status, shown } = onTerminal(['vacuum', '--db', database(SLOW)]);
    expect(status).toBe(0);
    const pieces = shown.split(CLEAR);
    const last = pieces.pop() ?? '';
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces.slice(1))
      expect(piece).toMatch(/^vacuum(?: \[=* *\] \d+ % of [\d.]+ MiB,|:) [\d.]+ m?s$/);
    expect(plain(last)).toMatch(/^done: /);
  });

  it('is not there without a terminal', () => {
    expect(ferrolite(['vacuum', '--db', database(SLOW)]).stderr).toBe('');
  });

  it('is a bar where the end is known', () => {
    const step = { done: 50, total: 200, unit: 'pages', elapsedMs: 1500 };
    expect(progressLine('vacuum', step)).toBe(
      `vacuum [${'='.repeat(6)}${' '.repeat(18)}] 25 % of 200 pages, 1.5 s`,
    );
    expect(progressLine('check', { ...step, total: undefined, done: 0 })).toBe('check: 1.5 s');
  });
});

describe('questions', () => {
  it.runIf(hasTerminal)('are not asked: SQL that is missing is a mistake', () => {
    const { status, shown } = onTerminal(['query', '--db', database()]);
    expect(status).toBe(2);
    expect(plain(shown)).toContain('There is no SQL: give it as an argument, or through a pipe');
  });
});

describe('texts', () => {
  it('have the width that a terminal shows', () => {
    expect(['abc', 'é', 'e\u0301', '日本', '👩‍👩‍👧', '🇨🇭', ''].map(widthOf)).toEqual([3, 1, 1, 4, 2, 2, 0]);
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('abc', 3)).toBe('abc');
  });
});
