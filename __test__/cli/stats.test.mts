// stats: once, for programs, and live.
import { describe, expect, it } from 'vitest';
import { sparkline } from '../../dist/cli/live.js';
import { hold } from '../helpers/hold.mts';
import { database, ferrolite, hasTerminal, onTerminal, parsed, plain, start } from './support.mts';

const FILLED = `CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT); CREATE INDEX city_name ON city (name);
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 3000)
    INSERT INTO city SELECT i, printf('%080d', i) FROM n;
  DELETE FROM city WHERE id > 1000`;

describe('stats', () => {
  it('says what a database is made of, and who reads from its log', async () => {
    const path = database(FILLED);
    const reader = await hold('ferrolite', path, 'BEGIN; SELECT * FROM city');
    const writer = await hold('ferrolite', path, 'DELETE FROM city WHERE id < 10');
    const { status, stdout, stderr } = ferrolite(['stats', '--db', path, '--objects', '2']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ {2}file {5}\d+ KiB, \d+ pages of 4,096 bytes$/m);
    expect(stdout).toMatch(/^ {2}free {5}\d+ pages, \d+ %; auto_vacuum none$/m);
    expect(stdout).toMatch(/^ {2}journal {2}wal$/m);
    expect(stdout).toMatch(/^ {2}log {6}[\d.,]+ (?:KiB|bytes), \d+ frames?, \d+ to copy$/m);
    expect(stdout).toMatch(/^ {2}table {2}city +\d+ pages? +[\d.,]+ \S+ +\d+ % unused$/m);
    expect(stdout).toMatch(/^ {2}index {2}city_name on city /m);
    if (process.platform === 'linux') expect(stdout).toMatch(/^ {4}process \d+ +\S+ +\d+ frames? behind$/m);
    await reader.release();
    await writer.release();
  });

  it('gives programs what databaseStats() answers of the file', () => {
    const path = database(FILLED);
    const json = parsed(ferrolite(['stats', '--db', path, '--json']));
    expect(json).toMatchObject({
      database: path,
      pageBytes: 4096,
      autoVacuum: 'none',
      journalMode: 'wal',
      objects: [],
    });
    // What is of the command's own process would be misread.
    expect(Object.keys(json)).not.toContain('connections');
  });

  it('has a line for each look where there is no terminal', () => {
    const path = database(FILLED);
    const args = ['stats', '--db', path, '--watch', '--interval-ms', '1', '--count', '3'];
    const lines = ferrolite(args).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\S+Z {2}\d+ KiB, \d+ free pages, log /);
    const json = ferrolite([...args, '--json'])
      .stdout.trimEnd()
      .split('\n');
    expect(json.map((line) => (JSON.parse(line) as { database: string }).database)).toEqual([
      path,
      path,
      path,
    ]);
  });

  it('ends on Ctrl-C without a word: status 0', async () => {
    const run = start(['stats', '--db', database(FILLED), '--watch', '--interval-ms', '600000']);
    await new Promise((resolve) => run.process.stdout?.once('data', resolve));
    run.process.kill('SIGINT');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stderr()).toBe('');
  });

  it.runIf(hasTerminal)('is drawn over itself on a terminal, no line wider than that', () => {
    const args = [
      'stats',
      '--db',
      database(FILLED),
      '--watch',
      '--interval-ms',
      '1',
      '--count',
      '3',
      '-n',
      '2',
    ];
    const { status, shown } = onTerminal(args, { columns: 44 });
    expect(status).toBe(0);
    // oxlint-disable-next-line no-control-regex
    const looks = shown.split(/\u001B\[\d+A\u001B\[J/);
    expect(looks).toHaveLength(3);
    for (const look of looks)
      expect(
        plain(look)
          .split('\n')
          .filter((line) => line.length > 44),
      ).toEqual([]);
    expect(looks[2]).toContain('the log, ');
  });

  it('needs a file, and its options together: status 2', () => {
    expect(ferrolite(['stats', '--db', '/none/none.db']).stderr).toContain('SQLITE_CANTOPEN');
    expect(ferrolite(['stats', '--count', '3']).stderr).toContain(
      '--count and --interval-ms are for --watch',
    );
  });
});

describe('the picture of the log', () => {
  it('has a bar for each look', () => {
    expect(sparkline([0, 50, 100])).toBe('▁▅█');
    expect(sparkline([0])).toBe('▁');
  });
});
