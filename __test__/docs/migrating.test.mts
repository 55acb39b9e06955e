// docs/migrating-from-better-sqlite3.md lists the deliberate differences. `UPDATE_GENERATED=1` writes the lists.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashes } from '../fixtures/crashes.mts';
import { absent, differences } from '../fixtures/differences.mts';
import { defects } from '../fixtures/defects.mts';
import { projectRoot, readPage, tables } from './markdown.mts';

const PAGE = 'docs/migrating-from-better-sqlite3.md';

interface Entry {
  readonly id: string;
  readonly reason: string;
}

function table(entries: readonly Entry[]): string {
  const cell = (text: string): string =>
    text.replaceAll('|', String.raw`\|`).replaceAll('__', String.raw`\_\_`);
  const rows = entries.map(({ id, reason }) => `| ${cell(id)} | ${cell(reason)} |`);
  return ['| | reason |', '|---|---|', ...rows].join('\n');
}

const names = [...absent.database, ...absent.statement].map((name) => `\`${name}\``);
const generated = {
  absent: names.length === 0 ? 'Every method is there.' : `Not there: ${names.join(', ')}.`,
  differences: table([...differences, ...defects]),
  crashes: table(crashes),
} as const;

/** What stands between the comment of that name and the next end. */
const between = (name: string): RegExp => new RegExp(`(<!-- ${name} -->\n)([^]*?)(<!-- end -->)`);

beforeAll(() => {
  if (process.env['UPDATE_GENERATED'] === undefined) return;
  let text = readPage(PAGE);
  for (const [name, content] of Object.entries(generated)) {
    text = text.replace(
      between(name),
      (_, start: string, _old: string, end: string) => `${start}\n${content}\n\n${end}`,
    );
  }
  writeFileSync(join(projectRoot, PAGE), text);
});

describe(PAGE, () => {
  it.each(Object.entries(generated))('has the %s of the fixtures', (name, content) => {
    expect(between(name).exec(readPage(PAGE))?.[2]?.trim()).toBe(content);
  });

  it('has the versions of the engines, and those of Node.js', () => {
    const read = (file: string): any => JSON.parse(readFileSync(join(projectRoot, file), 'utf8'));
    const { version } = read('__test__/fixtures/engine/differences.json');
    const rows = tables(readPage(PAGE)).flatMap(({ rows: all }) => all);
    expect(rows.find(([head]) => head === 'SQLite')).toMatchObject([
      'SQLite',
      version.theirs,
      expect.stringContaining(version.ours),
    ]);
    const [, theirs = '', ours = ''] = rows.find(([head]) => head === 'Node.js') ?? [];
    expect(ours).toContain(/\d+/.exec(read('package.json').engines.node)?.[0]);
    expect(theirs).toContain(/\d+/.exec(read('node_modules/better-sqlite3/package.json').engines.node)?.[0]);
  });
});
