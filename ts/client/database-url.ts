/**
 * Where the database is: from an option, the environment, or the default.
 *
 * Pure text work: nothing here looks at the file system, so a wrong URL fails before anything is touched.
 * SQLite's own URI handling is off in the engine (a path is a path), which is why it is done here.
 */
import { resolve } from 'node:path';

/** Opened when neither an option nor the environment names a database. */
const DEFAULT_PATH = 'app-dev.db';

/** SQLite's name for a database in memory. */
export const MEMORY = ':memory:';

/** What a text says about the database to open. Absent fields were not mentioned. */
export interface DatabaseLocation {
  /** An absolute path, or `:memory:`. */
  readonly path: string;
  /** From `mode=ro` (true), `mode=rw` or `mode=rwc` (false). */
  readonly readonly?: boolean;
  /** From `mode=rw` (true) or `mode=rwc` (false). */
  readonly fileMustExist?: boolean;
  /** From `immutable=1`. */
  readonly immutable?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the database: `path` if given, then `SQLITE_DB_PATH`, then `DATABASE_URL`, then `app-dev.db`.
 *
 * An empty variable counts as not set, because that is how `.env` files and containers unset one. A
 * `DATABASE_URL` for another engine is passed over: the variable is shared with it. The other two can only
 * mean SQLite, so another scheme there is a mistake.
 *
 * @throws {TypeError} if the text that decides is no usable path or URL.
 */
export function locateDatabase(path: string | undefined, env: Environment = process.env): DatabaseLocation {
  if (path !== undefined) return parseOwn(path, 'the path');
  const variable = env['SQLITE_DB_PATH']?.trim();
  if (variable) return parseOwn(variable, 'SQLITE_DB_PATH');
  const url = env['DATABASE_URL']?.trim();
  return (url && parseDatabaseUrl(url, 'DATABASE_URL')) || { path: resolve(DEFAULT_PATH) };
}

function parseOwn(text: string, source: string): DatabaseLocation {
  const location = parseDatabaseUrl(text, source);
  if (location !== undefined) return location;
  // Only the scheme is named: the URL of another engine usually holds a password.
  const scheme = text.slice(0, text.indexOf(':') + 1).trim();
  throw new TypeError(
    `Expected ${source} to be a file name, or a URL starting with "file:" or "sqlite:", not "${scheme}" ` +
      `(write "./" before a file name that contains a colon)`,
  );
}

/**
 * Reads a path or a `file:` or `sqlite:` URL.
 *
 * A plain path is taken as it stands, percent signs included. In a URL the path is percent-encoded,
 * `mode` and `immutable` are understood, other parameters and a fragment are ignored.
 *
 * @param source - How error messages call the text.
 * @param platform - Decides whether `/C:/x` in a URL is a drive.
 * @returns Undefined when the URL's scheme belongs to another engine.
 * @throws {TypeError} if the text is no usable path or URL.
 * @see https://sqlite.org/uri.html
 */
export function parseDatabaseUrl(
  text: string,
  source: string,
  platform: NodeJS.Platform = process.platform,
): DatabaseLocation | undefined {
  const trimmed = text.trim();
  // One letter before the colon is a Windows drive, not a scheme.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(trimmed)?.[1];
  if (scheme === undefined) return { path: toPath(checkPlain(trimmed, source), source) };
  if (!/^(?:file|sqlite)$/i.test(scheme)) return undefined;

  const [beforeFragment] = split(trimmed.slice(scheme.length + 1), '#');
  const [encoded, query] = split(beforeFragment, '?');
  const path = decode(withoutAuthority(encoded, scheme, source), source);
  const local = platform === 'win32' && /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
  return { path: toPath(local, source), ...parseQuery(query, source) };
}

/** Refuses parameters on a plain path: taken literally they would open a new, writable file of that name. */
function checkPlain(path: string, source: string): string {
  if (/\?(?:[^?]*&)?(?:mode|immutable)=/.test(path)) {
    throw new TypeError(
      `Parameters are understood in URLs only: write "file:" before ${source} (and "%3F" for a "?" in its name)`,
    );
  }
  return path;
}

function withoutAuthority(encoded: string, scheme: string, source: string): string {
  if (!encoded.startsWith('//')) return encoded;
  const pathStart = encoded.indexOf('/', 2);
  const host = pathStart < 0 ? encoded.slice(2) : encoded.slice(2, pathStart);
  if (host === '' || host.toLowerCase() === 'localhost') return pathStart < 0 ? '' : encoded.slice(pathStart);
  throw new TypeError(
    `Expected ${source} to name a local file, but "${host}" stands where a URL has its host: write ` +
      `"${scheme}:${encoded.slice(2)}" for a relative path or "${scheme}:///..." for an absolute one`,
  );
}

function decode(encoded: string, source: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new TypeError(`Expected ${source} to be percent-encoded UTF-8: write "%25" for a percent sign`, {
      cause,
    });
  }
}

function toPath(path: string, source: string): string {
  // new Database() trims as well; without this the registry would know the file by another name.
  const trimmed = path.trim();
  if (trimmed === '')
    throw new TypeError(`Expected ${source} to name a file, or "${MEMORY}", but the path is empty`);
  if (trimmed.includes('\0'))
    throw new TypeError(`Expected ${source} to name a file, but the path holds a NUL byte`);
  return trimmed === MEMORY ? MEMORY : resolve(trimmed);
}

type Access = Omit<DatabaseLocation, 'path'>;

const MODES: Readonly<Record<string, Access>> = {
  ro: { readonly: true },
  rw: { readonly: false, fileMustExist: true },
  rwc: { readonly: false, fileMustExist: false },
};

// The words that SQLite takes for a boolean in a URI.
const BOOLEANS: Readonly<Record<string, boolean>> = {
  1: true,
  on: true,
  yes: true,
  true: true,
  0: false,
  off: false,
  no: false,
  false: false,
};

function parseQuery(query: string, source: string): Access {
  // As in SQLite, the last of several equal names counts.
  const parameters = new Map(query.split('&').map((text) => split(text, '=')));
  const mode = parameters.get('mode');
  const immutable = parameters.get('immutable');
  return {
    ...(mode !== undefined && pick(MODES, mode, 'mode', 'ro, rw or rwc', source)),
    ...(immutable !== undefined && { immutable: pick(BOOLEANS, immutable, 'immutable', '1 or 0', source) }),
  };
}

/** What stands before the first `separator`, and after it. */
function split(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function pick<T>(
  table: Readonly<Record<string, T>>,
  value: string,
  name: string,
  known: string,
  source: string,
): T {
  const found = Object.hasOwn(table, value) ? table[value] : undefined;
  if (found === undefined) {
    throw new TypeError(`Expected the parameter "${name}" of ${source} to be ${known}, not "${value}"`);
  }
  return found;
}
