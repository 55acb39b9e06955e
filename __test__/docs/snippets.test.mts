// Every code block of README.md, CONTRIBUTING.md, SECURITY.md and docs/ is executed, or checked for what it is.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { codeBlocks, pages, projectRoot, type CodeBlock } from './markdown.mts';
import { frameworks, settings, type Setting } from './settings.mts';

const all = pages().flatMap((page) => codeBlocks(page));
/** A block with the comment `file: <path>` is that file, one with `part of: <path>` lines of it; its tests execute it. */
const shown = all.flatMap((block) => {
  const [, how, path] = /^(file|part of): (.+)$/.exec(block.mark ?? '') ?? [];
  return how === undefined || path === undefined ? [] : [{ block, how, path }];
});
const blocks = all.filter((each) => !shown.some(({ block }) => block === each));
const title = ({ page, line, language }: CodeBlock): string => `${page}:${line} (${language})`;
const of = (...languages: string[]): (readonly [string, CodeBlock])[] =>
  blocks
    .filter(({ language }) => languages.includes(language))
    .map((block) => [title(block), block] as const);

const EXTENSIONS: Readonly<Record<string, string>> = { js: 'mjs', mjs: 'mjs', cjs: 'cjs', ts: 'mts' };
const SHELL = ['sh', 'console'];
/** Nothing in them can be executed or checked. */
const PLAIN = ['text', 'ini', 'yaml', 'crontab'];
const known = [...Object.keys(EXTENSIONS), ...SHELL, ...PLAIN, 'sql', 'json'];

/** What the comment before the block asks for; a name that is not there is an error of the page. */
function settingOf(block: CodeBlock): Setting {
  const name = /^snippet: (.+)$/.exec(block.mark ?? '')?.[1];
  if (name === undefined) return {};
  const setting = settings[name];
  if (setting === undefined) throw new Error(`${title(block)}: there is no setting "${name}"`);
  return setting;
}

/** Whether the block is a file of a project that a test of its own runs, and compiles, as a whole. */
const isOfProject = ({ mark = '' }: CodeBlock): boolean => /^(?:vitest|playwright): /.test(mark);

/** Whether the block's types are all that can be checked. */
function isTypesOnly(block: CodeBlock): boolean {
  const imports = [...block.code.matchAll(/\bfrom '([^'/]+)/g)].map((match) => match[1] ?? '');
  const isForeign = imports.some((name) => frameworks.includes(name));
  return settingOf(block).typesOnly === true || (block.language === 'ts' && isForeign);
}

/** A folder in which the package, and what our users may have beside it, is installed. */
function installed(): string {
  const folder = tempDir('snippet');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(projectRoot, join(folder, 'node_modules', 'ferrolite'), 'junction');
  for (const name of ['@opentelemetry', '@types', 'drizzle-orm', 'knex', 'kysely']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  return folder;
}

/** The first comment behind a `console.log` of which no line of the output is the beginning, or the comment's whole. */
function unprinted(code: string, output: string): string | undefined {
  const lines = output.split('\n');
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)]
    .map((match) => match[1] ?? '')
    .find((comment) => {
      const at = lines.findIndex(
        (line) => line !== '' && (comment === line || comment.startsWith(`${line}, `)),
      );
      // What was printed before cannot be meant by a later comment.
      if (at >= 0) lines.splice(0, at + 1);
      return at < 0;
    });
}

function node(
  args: readonly string[],
  cwd: string,
  env: Setting['env'] = {},
): { code: number | null; output: string } {
  const { SQLITE_DB_PATH: _, DATABASE_URL: __, ...inherited } = process.env;
  const child = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: { ...inherited, ...env } });
  return { code: child.status, output: child.stderr + child.stdout };
}

describe('every code block', () => {
  it('is in a language that is executed or checked here', () => {
    expect(blocks.filter(({ language }) => !known.includes(language)).map(title)).toEqual([]);
  });

  it('is counted', () => {
    const fences = pages().map((page) => {
      const lines = readFileSync(join(projectRoot, page), 'utf8').split('\n');
      return lines.filter((line) => /^\s*(?:`{3,}|~{3,})/.test(line)).length / 2;
    });
    expect(all).toHaveLength(fences.reduce((sum, count) => sum + count, 0));
    const checked = known.flatMap((language) => of(language));
    expect(checked.length + shown.length).toBe(all.length);
  });

  it('names a setting that exists, and leaves nothing out but what types can say', () => {
    const typesOnly = blocks.filter(isTypesOnly);
    expect(typesOnly.filter(({ language }) => language !== 'ts').map(title)).toEqual([]);
  });
});

describe('programs', () => {
  const programs = of(...Object.keys(EXTENSIONS)).filter(
    ([, block]) => !isTypesOnly(block) && !isOfProject(block),
  );

  it.each(programs)('%s', (_, block) => {
    const { prepare, before = '', env, throws } = settingOf(block);
    const folder = installed();
    prepare?.(folder);
    const file = join(folder, `snippet.${EXTENSIONS[block.language]}`);
    writeFileSync(file, before + block.code);
    const { code, output } = node([file], folder, env);
    if (throws === undefined) expect({ code, output }).toMatchObject({ code: 0 });
    else expect(output).toContain(throws);
    expect(unprinted(block.code, output)).toBe(undefined);
  });

  it('in TypeScript have the types of the package', { timeout: 60_000 }, () => {
    const folder = installed();
    const options = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      // What comes from a framework has no types here.
      noImplicitAny: false,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, include: ['*.mts', '*.d.ts'] }),
    );
    const declared = frameworks.map((name) => `declare module '${name}';\n`).join('');
    writeFileSync(join(folder, 'frameworks.d.ts'), declared);
    // One file that is always there: without any, the compiler refuses to start.
    writeFileSync(
      join(folder, 'entry.mts'),
      "import Database from 'ferrolite';\nnew Database(':memory:').close();\n",
    );
    for (const [index, [, block]] of of('ts').entries())
      if (!isOfProject(block)) writeFileSync(join(folder, `snippet-${index}.mts`), block.code);
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(node([tsc, '--project', folder], folder)).toEqual({ code: 0, output: '' });
  });
});

describe('files of the project', () => {
  const cases = shown.map((each) => [title(each.block), each.how, each.path, each.block.code] as const);

  it.each(cases)('%s is %s %s', (_, how, path, code) => {
    const text = readFileSync(join(projectRoot, path), 'utf8');
    if (how === 'file') expect(code).toBe(text);
    else expect(`\n${text}`).toContain(`\n${code}`);
  });
});

describe('other blocks', () => {
  const scripts = Object.keys(
    (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: object }).scripts,
  );
  /** Commands of npm that are no scripts. */
  const verbs = new Set(['ci', 'install', 'i', 'ls', 'pack', 'pkg']);

  it.each(of(...SHELL))('%s names only npm scripts that exist', (_, { code }) => {
    const called = [...code.matchAll(/\bnpm (?:run (?<script>[\w:-]+)|(?<verb>[\w-]+))/g)].map(
      ({ groups }) => groups ?? {},
    );
    const missing = called.filter(({ script, verb }) =>
      script === undefined
        ? !scripts.includes(verb ?? '') && !verbs.has(verb ?? '')
        : !scripts.includes(script),
    );
    expect(missing).toEqual([]);
  });

  // Without the shell's parser nothing is known about it; Windows has none.
  it.skipIf(process.platform === 'win32').each(of('sh'))('%s is shell', (_, { code }) => {
    expect(spawnSync('sh', ['-n'], { input: code, encoding: 'utf8' }).stderr).toBe('');
  });

  it.each([...of('json'), ...of('sql'), ['an example of each', undefined] as const])('%s', (_, block) => {
    if (block?.language === 'json') JSON.parse(block.code);
    else new Database(':memory:').exec(block?.code ?? 'SELECT 1').close();
  });
});

describe('the reader of Markdown', () => {
  it('finds fences, languages, indentation and the comment before them', () => {
    const text = [
      'a',
      '<!-- snippet: x -->',
      '',
      '```js',
      '1;',
      '```',
      '- b',
      '',
      '  ~~~sh',
      '  ls',
      '  ~~~',
    ].join('\n');
    expect(codeBlocks('page', text)).toEqual([
      { page: 'page', line: 4, language: 'js', code: '1;\n', mark: 'snippet: x' },
      { page: 'page', line: 9, language: 'sh', code: 'ls\n', mark: undefined },
    ]);
  });

  it('refuses a block without an end', () => {
    expect(() => codeBlocks('page', '```js\n1;')).toThrow('page:1: the code block has no end');
  });
});
