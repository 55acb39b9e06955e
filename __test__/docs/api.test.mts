// docs/api: every public member has its section, every option, name and error text is the real one.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { openFleet, openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { compilers } from '../types/compilers.mts';
import { codeBlocks, pages, projectRoot, quoted, readPage, tables } from './markdown.mts';

const apiPages = readdirSync(join(projectRoot, 'docs', 'api')).filter((name) => name.endsWith('.md'));
const api = Object.fromEntries(apiPages.map((name) => [name, readPage(`docs/api/${name}`)]));

interface Section {
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

/** The parts of a page below headings. */
function sections(page: string, text: string): Section[] {
  const isCode = new Set(
    codeBlocks(page, text).flatMap(({ line, code }) => code.split('\n').map((_, index) => line + index)),
  );
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (/^#+ /.test(line) && !isCode.has(index) ? [index] : []));
  return starts.map((start, index) => ({
    page,
    heading: (lines[start] ?? '').replace(/^#+ /, ''),
    text: lines.slice(start + 1, starts[index + 1]).join('\n'),
  }));
}

const all = apiPages.flatMap((page) => sections(page, api[page] ?? ''));
/** A heading that is a call: `prepare(sql)`. */
const calls = all.filter(({ heading }) => /^(?:new )?[\w.[\]]+\(.*\)$/.test(heading));
/** The names in the headings of a page: `deferred(), immediate()` are two. */
const headed = (page: string): string[] =>
  all
    .filter((each) => each.page === page)
    .flatMap(({ heading }) => heading.match(/[\w.[\]]+(?=\(|$)/g) ?? []);

const db = new Database(':memory:');
const statement = db.prepare('SELECT 1');
const iterator = statement.iterate();
iterator.return?.();
const transaction = db.transaction(() => undefined);

/** Own names that code can mean: neither the constructor nor the hidden ones of the console. */
function members(object: object): string[] {
  const named = Reflect.ownKeys(object).filter((key) => typeof key === 'string' || key === Symbol.iterator);
  return named
    .map((key) => (typeof key === 'symbol' ? `[${key.description ?? ''}]` : key))
    .filter((key) => key !== 'constructor');
}

/** Functions alone, inherited ones too: what has no heading of its own is named in a text. */
const methodsOf = (object: object): string[] =>
  object === Object.prototype
    ? []
    : members(object)
        .filter((name) => typeof Object.getOwnPropertyDescriptor(object, name)?.value === 'function')
        .concat(methodsOf(Object.getPrototypeOf(object) as object));

describe('the sections of docs/api', () => {
  it.each([
    ['database.md', members(Database.prototype)],
    ['statement.md', members(Object.getPrototypeOf(statement) as object)],
    ['iterator.md', members(Object.getPrototypeOf(iterator) as object)],
    ['pool.md', methodsOf(Object.getPrototypeOf(openPool('never-opened.db')) as object)],
    ['fleet.md', methodsOf(Object.getPrototypeOf(openFleet('never-opened')) as object)],
    [
      'transaction.md',
      members(transaction).filter(
        (name) =>
          !Object.hasOwn(Function.prototype, name) &&
          name !== 'prototype' &&
          name !== 'arguments' &&
          name !== 'caller',
      ),
    ],
  ])('%s has one for every method', (page, names) => {
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((name) => !headed(page).includes(name))).toEqual([]);
  });

  it('are about nothing that is not there', () => {
    const objects = [Database.prototype, statement, iterator] as object[];
    const there = new Set(
      objects.flatMap((object) => members(object).concat(members(Object.getPrototypeOf(object) as object))),
    );
    const written = ['database.md', 'statement.md', 'iterator.md'].flatMap((page) =>
      calls
        .filter((each) => each.page === page && !each.heading.startsWith('new '))
        .flatMap(({ heading }) => heading.match(/[\w.[\]]+(?=\()/g) ?? []),
    );
    expect(written.filter((name) => !there.has(name))).toEqual([]);
  });

  it.each([
    ['database.md', members(db)],
    ['statement.md', members(statement)],
    ['iterator.md', members(iterator)],
  ])('%s lists every property', (page, names) => {
    const listed = tables(api[page] ?? '').filter(({ head }) => head[0] === 'property');
    expect(listed.flatMap(({ rows }) => rows.map(([name = '']) => quoted(name)[0]))).toEqual(names);
  });

  it.each([
    ['database.md', 'Options'],
    ['file-descriptors.md', 'FileDescriptorOptions'],
    ['database.md', 'PragmaOptions'],
    ['statement.md', 'RunResult'],
    ['statement.md', 'ColumnDefinition'],
    ['serialize.md', 'SerializeOptions'],
    ['backup.md', 'BackupOptions'],
    ['backup.md', 'BackupMetadata'],
    ['functions.md', 'RegistrationOptions'],
    ['aggregates.md', 'RegistrationOptions'],
    ['aggregates.md', 'AggregateOptions'],
    ['virtual-tables.md', 'TableDefinition'],
  ])('%s lists every field of %s', (page, name) => {
    const text = readFileSync(join(projectRoot, 'ts/core/names.ts'), 'utf8');
    const body = new RegExp(`interface ${name}\\b[^{]*\\{([^]*?)\n  \\}`).exec(text)?.[1] ?? '';
    const fields = [...body.matchAll(/^ {4}(\w+)\??: /gm)].map((match) => match[1] ?? '');
    expect(fields.length).toBeGreaterThan(0);
    const cells = tables(api[page] ?? '').flatMap(({ rows }) => rows.map(([cell = '']) => cell));
    const listed = new Set(cells.flatMap((cell) => quoted(cell)));
    expect(fields.filter((field) => !listed.has(field))).toEqual([]);
  });

  it('name the compilers that check the types', () => {
    const versions = Object.keys(compilers);
    const last = versions.pop() ?? '';
    expect(api['types.md']?.replaceAll(/\s+/g, ' ')).toContain(
      `with TypeScript ${versions.join(', ')} and ${last}.`,
    );
  });

  it('mention every export of the root', () => {
    const constructor = new Set(Object.getOwnPropertyNames(function nothing() {}));
    const exported = Object.getOwnPropertyNames(Database).filter((name) => !constructor.has(name));
    expect(exported).toContain('getSqlite');
    expect(exported.filter((name) => !quoted(api['README.md'] ?? '').includes(name))).toEqual([]);
  });

  it('mention every name and every field of the types', () => {
    const files = ['index.d.ts', 'ts/core/names.ts'].map((file) =>
      readFileSync(join(projectRoot, file), 'utf8'),
    );
    const types = files.flatMap((text) =>
      [...text.matchAll(/^ +(?:export )?(?:interface|type) (\w+)/gm)].map((match) => match[1] ?? ''),
    );
    const listed = tables(api['types.md'] ?? '')
      .flatMap(({ rows }) => rows.flatMap(([name = '']) => quoted(name)))
      .map((name) => name.replace(/<.*/, ''));
    expect(listed.toSorted()).toEqual([...new Set(types)].toSorted());
  });

  it.each(calls.map((section) => [section.page, section.heading, section] as const))(
    '%s: %s has a signature, a page of SQLite and an example',
    (page, heading, { text }) => {
      const name = heading.replace(/\(.*/, '').replace('new ', '');
      expect(quoted(text.trim().split('\n')[0] ?? '')[0], 'the signature').toMatch(
        new RegExp(`^(?:new )?${name.replaceAll(/[[\].]/g, String.raw`\$&`)}[<(].*\\)?: .+`),
      );
      // Some are only named here and described on a page of their own.
      const own = /\bsee \[[^\]]+\]\(([\w-]+\.md)\)/.exec(text)?.[1];
      if (own !== undefined && !text.includes('```js')) {
        expect(headed(own), own).toContain(name);
        return;
      }
      expect(text).toMatch(/\n```js\n/);
      if (!['errors.md', 'iterator.md', 'next.md'].includes(page))
        expect(text).toMatch(/^SQLite: \[.+\]\(https:\/\/sqlite\.org\/.+\)/m);
    },
  );
});

describe('the errors of docs/api', () => {
  const known = new Set(
    tables(readPage('docs/errors.md')).flatMap(({ rows }) => rows.flatMap(([, text = '']) => quoted(text))),
  );
  const named = apiPages.flatMap((page) =>
    tables(api[page] ?? '')
      .filter(({ head }) => head[0] === 'Throws' || head[0] === 'Rejects with')
      .flatMap(({ rows }) => rows.map(([cell = '']) => [page, cell] as const)),
  );

  it.each(named)('%s: %s is in docs/errors.md', (_, cell) => {
    expect(
      quoted(cell).filter(
        (text) =>
          !known.has(text) && !/^SQLITE_(?:BUSY|BUSY_SNAPSHOT|ERROR)$/.test(text) && !/^[a-z]+$/.test(text),
      ),
    ).toEqual([]);
  });
});

describe('links', () => {
  /** What GitHub makes of a heading. */
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');

  it.each(pages())('%s links to headings that exist', (page) => {
    const links = [...readPage(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
    const missing = links.filter(([, file = '', anchor]) => {
      const target = file === '' ? page : join(page, '..', file);
      return !sections(target, readPage(target)).some(({ heading }) => slug(heading) === anchor);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });
});
