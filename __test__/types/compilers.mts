/** Compiles the corpus with several versions of TypeScript, against this package and against @types/better-sqlite3. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../helpers/temp-db.mts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
export const corpus = fileURLToPath(new URL('corpus', import.meta.url));
const installed = (...names: string[]): string => join(projectRoot, 'node_modules', ...names);

/** Versions, each with the folder that it is installed in. */
export const compilers = {
  '5.4': installed('typescript-5.4'),
  '5.9': installed('typescript-5.9'),
  '6.0': installed('typescript-6.0'),
  '7.0': installed('typescript'),
} as const;
export type Version = keyof typeof compilers;

export interface Setting {
  readonly options: Readonly<Record<string, unknown>>;
  /** The name under which snippets for better-sqlite3 import this package. Default: their own, as with an npm alias. */
  readonly name?: 'ferrolite';
  /** Snippets to leave out. */
  readonly without?: RegExp;
  /** Snippets to take, when not all. */
  readonly only?: RegExp;
  /** Whether declarations are checked as well, where the compiler is new enough for those of Node. */
  readonly checksDeclarations?: boolean;
  /** The compilers that have the setting, when not all. */
  readonly versions?: readonly Version[];
}

/** A namespace import of a class compiles without esModuleInterop only. */
const STAR_IMPORT = /^star-import/;

export const settings = {
  node16: { options: { module: 'node16' }, without: STAR_IMPORT },
  nodenext: {
    options: {
      module: 'nodenext',
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      noPropertyAccessFromIndexSignature: true,
      isolatedModules: true,
      // The types of Node come by way of the package.
      types: undefined,
    },
    without: STAR_IMPORT,
    checksDeclarations: true,
  },
  bundler: {
    options: { module: 'preserve', moduleResolution: 'bundler' },
    name: 'ferrolite',
    without: STAR_IMPORT,
  },
  commonjs: {
    options: { module: 'commonjs', esModuleInterop: true },
    name: 'ferrolite',
    // The resolution that goes with it reads no exports of a package.
    without: /^(?:star-import|platform|pool)/,
  },
  'commonjs without interop': {
    options: { module: 'commonjs', esModuleInterop: false },
    only: /^(?:star-import|require)\./,
    versions: ['5.4', '5.9'],
  },
  'not strict': {
    options: { module: 'nodenext', strict: false },
    // Without strict checks some mistakes are none.
    without: /^(?:wrong|star-import)/,
    versions: ['5.4', '7.0'],
  },
} satisfies Record<string, Setting>;

export type Driver = 'better-sqlite3' | 'ferrolite';

/** The folders of the corpus that a driver is to be compiled against. */
const FOLDERS: Readonly<Record<Driver, readonly string[]>> = {
  'better-sqlite3': ['shared', 'exceptions'],
  ferrolite: ['shared', 'ours'],
};

/** A folder with snippets, in which the driver is installed as `better-sqlite3`. */
export function folderFor(
  driver: Driver,
  setting: Setting,
  version: Version,
  folders = FOLDERS[driver],
): string {
  const folder = tempDir('types');
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  const link = (target: string, name: string): void => symlinkSync(target, join(modules, name), 'junction');
  link(installed('@types', 'node'), join('@types', 'node'));
  if (driver === 'ferrolite') {
    link(projectRoot, 'better-sqlite3');
    link(projectRoot, 'ferrolite');
  } else {
    link(installed('better-sqlite3'), 'better-sqlite3');
    link(installed('@types', 'better-sqlite3'), join('@types', 'better-sqlite3'));
  }
  for (const name of folders) {
    mkdirSync(join(folder, name));
    for (const file of readdirSync(join(corpus, name))) {
      if (setting.without?.test(file) || setting.only?.test(file) === false) continue;
      const text = readFileSync(join(corpus, name, file), 'utf8');
      const named = driver === setting.name ? text.replaceAll("'better-sqlite3'", `'${driver}'`) : text;
      writeFileSync(join(folder, name, renamed(file, setting)), named);
    }
  }
  const compilerOptions = {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: setting.checksDeclarations !== true || version === '5.4',
    target: 'es2022',
    types: ['node'],
    ...setting.options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: folders }));
  return folder;
}

/** Extensions that say which kind of module a file is are for Node's settings. */
function renamed(file: string, { options }: Setting): string {
  if (String(options['module']).startsWith('node')) return file;
  return file.replace(/\.[mc]ts$/, '.ts').replace(/\.cjs$/, '.js');
}

/** What a compiler says about a folder: nothing if all is right. */
export function compile(version: Version, folder: string): Promise<string> {
  const tsc = join(compilers[version], 'bin', 'tsc');
  const args = [tsc, '--project', folder, '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve(error === null ? stdout : `${stdout}${stderr}exit code ${String(error.code)}`);
    });
  });
}
