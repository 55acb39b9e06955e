/**
 * `ferrolite/next`: the one setting that Next.js needs.
 *
 * A native addon cannot be put into a bundle, so Next.js must leave the package where it is installed: its name has
 * to stand in `serverExternalPackages`. Turbopack compares the name that is imported, webpack also the folder that
 * it leads to, which with pnpm bears the real name of an alias. So every name is added.
 *
 * This runs where `next.config` is read, also by commands that need no database: neither the addon nor the rest of
 * the package is loaded here, and `next` is not imported, not even for its types.
 */
import { join, sep } from 'node:path';

/** A configuration object of Next.js, `NextConfig`, as far as it matters here. */
export interface NextConfigObject {
  /** Packages that are not bundled. */
  serverExternalPackages?: string[] | undefined;
  // The rest is between the application and Next.js; with `unknown` its own interface would not be assignable.
  [option: string]: any;
  /** A function has it and no configuration does: without this line every function would pass for an object. */
  apply?: never;
}

/** A configuration that depends on the phase, such as `phase-production-build`. */
export type NextConfigFunction = (
  phase: string,
  context: any,
) => NextConfigObject | PromiseLike<NextConfigObject>;

/**
 * Adds the package to `serverExternalPackages` of a Next.js configuration.
 *
 * The names `ferrolite` and `better-sqlite3` are added, and the one that the package is installed under; names that
 * are there already are not repeated. Nothing else is changed, and the configuration given is not modified.
 *
 * @param config - What `next.config` would export without it: an object, a promise of one, or a function of the
 *   phase that returns either. Default: an empty configuration.
 * @returns The same kind of value, for `next.config` to export.
 * @throws {TypeError} if `config` is none of these. If what a function or promise gives is no object, or
 *   `serverExternalPackages` is not an array of strings, it is thrown as soon as that is known.
 * @see https://nextjs.org/docs/app/api-reference/config/next-config-js/serverExternalPackages
 *
 * @example
 * export default withFerrolite({ output: 'standalone' });
 */
export function withFerrolite<Config extends NextConfigFunction>(config: Config): Config;
export function withFerrolite<
  Config extends NextConfigObject | PromiseLike<NextConfigObject> = NextConfigObject,
>(config?: Config): Config;
export function withFerrolite(config: unknown = {}): unknown {
  if (typeof config === 'function') {
    return function (this: unknown, ...args: unknown[]) {
      return extended(Reflect.apply(config, this, args));
    };
  }
  if (!isObject(config)) {
    throw new TypeError(
      'Expected first argument to be a Next.js configuration: an object, a function or a promise',
    );
  }
  return extended(config);
}

function extended(config: unknown): NextConfigObject | Promise<NextConfigObject> {
  return isPromise(config) ? Promise.resolve(config).then(withNames) : withNames(config);
}

function withNames(config: unknown): NextConfigObject {
  if (!isObject(config)) throw new TypeError('Expected the Next.js configuration to be an object');
  const { serverExternalPackages = [] } = config;
  if (!isStrings(serverExternalPackages)) {
    throw new TypeError('Expected the "serverExternalPackages" option to be an array of strings');
  }
  return { ...config, serverExternalPackages: [...new Set([...serverExternalPackages, ...packageNames()])] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value['then'] === 'function';
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** Its own name, that of the drop-in, and that of the folder in which a package manager has put it. */
function packageNames(): string[] {
  const [root, folder] = join(__dirname, '..', '..').split(`${sep}node_modules${sep}`).slice(-2);
  const installed = root !== undefined && folder !== undefined ? [folder.split(sep).join('/')] : [];
  return ['ferrolite', 'better-sqlite3', ...installed];
}
