// docs/row-batch.md has every constant of the format with its value, and bytes that the encoder has written.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot, quoted, readPage, tables } from './markdown.mts';

const require = createRequire(import.meta.url);
const layout = require('../../dist/batch/layout.js') as Readonly<Record<string, number>>;
const page = readPage('docs/row-batch.md');

/** Name and value of each row that begins with a constant. */
const constants = tables(page).flatMap(({ rows }) =>
  rows.flatMap(([name = '', value = '']): [string, string][] =>
    /^`[A-Z][A-Z0-9_]+`$/.test(name) ? [[name.slice(1, -1), value]] : [],
  ),
);

describe('the constants', () => {
  it('have the values of ts/batch/layout.ts', () => {
    expect(constants).toEqual(constants.map(([name]) => [name, String(layout[name])]));
  });

  it('are all there', () => {
    const names = Object.keys(layout).filter((name) => typeof layout[name] === 'number');
    expect(names.length).toBeGreaterThan(40);
    expect(
      names.filter(
        (name) => !constants.some(([written]) => written === name) && !page.includes(`\`${name}\``),
      ),
    ).toEqual([]);
  });

  it('that the text names exist', () => {
    const named = quoted(page).filter((text) =>
      /^(?:TAG|WORD|SLOT|OPERATION|CALL|BATCH|MAX|TEXT)_[A-Z0-9_]+$/.test(text),
    );
    expect(named.filter((name) => layout[name] === undefined)).toEqual([]);
  });

  it('place the areas where the table of the memory says', () => {
    const memory = tables(page).find(({ head }) => head[0] === 'Area');
    const { HEADER_SLOTS = 0, CELL_SLOTS = 0 } = layout;
    expect(memory?.rows.map(([, first]) => Number(first))).toEqual([
      0,
      HEADER_SLOTS * 8,
      (HEADER_SLOTS + CELL_SLOTS) * 8,
    ]);
  });
});

describe('the worked examples', () => {
  const examples = tables(page).filter(({ mark }) => mark?.startsWith('fixture: '));

  it('are two', () => {
    expect(examples.map(({ mark }) => mark)).toEqual(['fixture: values', 'fixture: bigints']);
  });

  it.each(examples.map((example) => [example.mark?.slice('fixture: '.length) ?? '', example] as const))(
    'the bytes of %s are those of the fixture',
    (name, { rows }) => {
      const fixture = readFileSync(join(projectRoot, '__test__', 'fixtures', 'batch', `${name}.bin`));
      const parts = rows.map(([, bytes = '']) => bytesOf(bytes));
      let at = 0;
      for (const [index, [offset]] of rows.entries()) {
        expect(Number(offset)).toBe(at);
        at += parts[index]?.length ?? 0;
      }
      expect(Buffer.concat(parts).toString('hex')).toBe(fixture.toString('hex'));
    },
  );
});

/** `00 ff`, or `24 zero bytes`. */
function bytesOf(text: string): Buffer {
  const zeros = /^(\d+) zero bytes$/.exec(text)?.[1];
  return zeros === undefined ? Buffer.from(text.replaceAll(' ', ''), 'hex') : Buffer.alloc(Number(zeros));
}

describe('the tests of the traps', () => {
  const traps = tables(page).find(({ head }) => head[0] === 'Trap');
  const references = (traps?.rows ?? []).flatMap(([, tests = '']) =>
    tests.split('; `').map((reference, index) => (index === 0 ? reference : `\`${reference}`)),
  );

  it.each(references)('%s exists', (reference) => {
    const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(reference) ?? [];
    expect(readFileSync(join(projectRoot, file), 'utf8')).toContain(name);
  });
});
