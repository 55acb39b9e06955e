// docs/architecture.md names the rooms that exist, with the imports that scripts/layers.json allows them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, projectRoot, quoted, readPage, tables } from './markdown.mts';

interface Language {
  readonly root: string;
  readonly extension: string;
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

const layers = JSON.parse(readFileSync(join(projectRoot, 'scripts', 'layers.json'), 'utf8')) as {
  readonly rust: Language & { readonly crates: Readonly<Record<string, readonly string[]>> };
  readonly typescript: Language & {
    readonly typeImports: Readonly<Record<string, readonly string[]>>;
    readonly packages: Readonly<Record<string, readonly string[]>>;
  };
};
const page = readPage('docs/architecture.md');
const [rust, typescript] = tables(page).filter(({ head }) => head[0] === 'Room');
const packages = tables(page).find(({ head }) => head[0] === 'Package');

function exists({ root, extension }: Language, room: string): boolean {
  const path = join(projectRoot, root, room);
  return existsSync(path) || existsSync(path + extension);
}

/** The rooms of a language that have files, each with what it may import of those. */
function expectedRooms(language: Language, outside: readonly string[] = []): [string, string[]][] {
  const real = (room: string): boolean => outside.includes(room) || exists(language, room);
  const rooms = Object.entries(language.imports).filter(([room]) => exists(language, room));
  return rooms
    .map(([room, imports]) => [room, imports.filter(real).toSorted()] as [string, string[]])
    .toSorted();
}

function writtenRooms(table: typeof rust): [string, string[]][] {
  const rooms = table?.rows.map(([room = '', imports = '']): [string, string[]] => [
    quoted(room)[0] ?? room,
    quoted(imports).toSorted(),
  ]);
  return rooms?.toSorted() ?? [];
}

describe('docs/architecture.md', () => {
  it('has the import table of Rust', () => {
    expect(writtenRooms(rust)).toEqual(expectedRooms(layers.rust));
  });

  it('has the import table of TypeScript', () => {
    expect(writtenRooms(typescript)).toEqual(expectedRooms(layers.typescript, ['native/binding']));
  });

  it('says which rooms may use which package', () => {
    const written = (packages?.rows ?? []).flatMap(([names = '', rooms = '']) =>
      quoted(names).map((name): [string, string[]] => [name, quoted(rooms)]),
    );
    const real = { ...layers.rust.crates, ...layers.typescript.packages };
    const rooms = new Set(
      [...expectedRooms(layers.rust), ...expectedRooms(layers.typescript)].map(([room]) => room),
    );
    const expected = Object.entries(real)
      .map(([name, users]): [string, string[]] => [name, users.filter((user) => rooms.has(user))])
      .filter(([, users]) => users.length > 0);
    expect(written.toSorted()).toEqual(expected.toSorted());
  });

  it('names the imports of types of the rooms that exist', () => {
    const sentences = Object.entries(layers.typescript.typeImports)
      .filter(([room]) => exists(layers.typescript, room))
      .map(
        ([room, imports]) =>
          `\`${room}\` may also import the types of ${imports.map((name) => `\`${name}\``).join(', ')}.`,
      );
    for (const sentence of sentences) expect(page).toContain(sentence);
  });
});

describe('paths and links', () => {
  it.each(pages())('%s names files of the project that exist', (name) => {
    const paths = quoted(readPage(name)).filter((text) =>
      /^(?:src|ts|csrc|scripts|native|benches|examples|__test__|docs)\/(?:[\w./-]*\/|[\w./-]*\.\w+)?$/.test(
        text,
      ),
    );
    expect(paths.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  it.each(pages())('%s links to pages that exist', (name) => {
    const links = [...readPage(name).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(projectRoot, name, '..', link)))).toEqual([]);
  });
});
