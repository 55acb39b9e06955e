/** The options of templates and copies: their types, and their check before anything is done. */
import type Database from 'ferrolite';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a `build` function is given. */
export interface BuildContext {
  /** The database to fill. It is opened when this is first read. */
  readonly db: Database.Database;
  /** Its path: for tools that open it by themselves, in another process or with another library. */
  readonly path: string;
}

/**
 * What a template is made of. At least one of `template`, `migrations` and `build`; they are applied in this order.
 */
export interface TemplateOptions {
  /** A database to start from. It may be open anywhere, and in WAL mode; it is only read. */
  readonly template?: string | URL | undefined;
  /** A folder of `.sql` files, executed in the order of their paths; those called `down.sql` are left out. */
  readonly migrations?: string | URL | undefined;
  /** Fills the database; may return a promise. */
  readonly build?: ((context: BuildContext) => unknown) | undefined;
  /** What else the template depends on: another key is another template. */
  readonly key?: string | undefined;
  /** Where templates and copies are put. Default: the system's temporary folder. */
  readonly directory?: string | undefined;
  /** How long to wait for another worker that builds the same template. Default 60000. */
  readonly buildTimeoutMs?: number | undefined;
}

/** How a copy is opened. */
export interface CopyOptions {
  /** In memory instead of in a file. Default false. */
  readonly memory?: boolean | undefined;
  /** Options of `new Database()`. */
  readonly options?: Database.Options | undefined;
  /** Pragmas of the connection `db`. `synchronous` is off unless it is named: no test survives a power cut. */
  readonly pragmas?: Readonly<Record<string, string | number>> | undefined;
}

/** The options of `createFixtureDb()`. */
export interface FixtureDbOptions extends TemplateOptions, CopyOptions {}

/** {@link TemplateOptions}, checked. */
export interface TemplateRequest {
  readonly template: string | undefined;
  readonly migrations: string | undefined;
  readonly build: ((context: BuildContext) => unknown) | undefined;
  readonly key: string;
  readonly directory: string;
  readonly buildTimeoutMs: number;
}

const DEFAULT_BUILD_TIMEOUT_MS = 60_000;
const TEMPLATE = ['template', 'migrations', 'build', 'key', 'directory', 'buildTimeoutMs'];
const COPY = ['memory', 'options', 'pragmas'];

/** Checks that `options` is an object with no other names than those of templates, of copies, and `extra`. */
export function checkNames(
  options: unknown,
  kinds: 'template' | 'copy' | 'both',
  extra: string[] = [],
): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected first argument to be an options object');
  }
  const names = [...(kinds === 'copy' ? [] : TEMPLATE), ...(kinds === 'template' ? [] : COPY), ...extra];
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new TypeError(`Unknown option "${name}" (the options are ${names.join(', ')})`);
  }
}

/** Checks the values of {@link TemplateOptions}; other names are passed over. */
export function templateRequest(options: TemplateOptions): TemplateRequest {
  const { build, key = '', directory = tmpdir(), buildTimeoutMs = DEFAULT_BUILD_TIMEOUT_MS } = options;
  const template = pathOf('template', options.template);
  const migrations = pathOf('migrations', options.migrations);
  if (build !== undefined && typeof build !== 'function') {
    throw new TypeError('Expected the "build" option to be a function');
  }
  if (typeof key !== 'string') throw new TypeError('Expected the "key" option to be a string');
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError('Expected the "directory" option to be a path');
  }
  if (typeof buildTimeoutMs !== 'number' || !(buildTimeoutMs >= 0)) {
    throw new TypeError('Expected the "buildTimeoutMs" option to be a number of milliseconds');
  }
  if (template === undefined && migrations === undefined && build === undefined) {
    throw new TypeError('Expected one of the options "template", "migrations" and "build"');
  }
  return { template, migrations, build, key, directory, buildTimeoutMs };
}

function pathOf(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof URL) return fileURLToPath(value);
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`Expected the "${name}" option to be a path or a file: URL`);
  }
  return resolve(value);
}

/** Checks the values of {@link CopyOptions}; other names are passed over. */
export function copyRequest(options: CopyOptions): CopyOptions {
  const { memory, options: forDatabase, pragmas } = options;
  if (memory !== undefined && typeof memory !== 'boolean') {
    throw new TypeError('Expected the "memory" option to be a boolean');
  }
  for (const [name, value] of Object.entries({ options: forDatabase, pragmas })) {
    if (value === undefined || (typeof value === 'object' && value !== null)) continue;
    throw new TypeError(`Expected the "${name}" option to be an object`);
  }
  return { memory, options: forDatabase, pragmas: { synchronous: 'off', ...pragmas } };
}
