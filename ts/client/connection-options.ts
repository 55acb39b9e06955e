/**
 * The options of `getSqlite()` and `getDb()`: checked, completed, and compared with those in force.
 */
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../options';
import { FerroliteError } from '../errors';
import type { DatabaseLocation } from './database-url';
import {
  DEFAULT_BUSY_TIMEOUT_MS,
  PROFILE_NAMES,
  pragmasOf,
  type PragmaValue,
  type ProfileName,
} from './profiles';

/** How {@link getDb} opens a database. */
export interface GetDbOptions {
  /** A set of pragmas for one kind of load. Default `'default'`. */
  readonly profile?: ProfileName | undefined;
  /** How long a statement waits for another connection's lock before it fails. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Only read; neither the file nor its directory is created. Default false. */
  readonly readonly?: boolean | undefined;
  /** Fail instead of creating the file or its directory. Default false. */
  readonly fileMustExist?: boolean | undefined;
  /**
   * Read a file that nothing changes while it is open, without locks and without a log: for read-only media.
   * A file that does change gives wrong rows or errors. Implies `readonly`. Default false.
   * See https://sqlite.org/uri.html#uriimmutable.
   */
  readonly immutable?: boolean | undefined;
  /** Pragmas set instead of, or besides, those of the profile. See https://sqlite.org/pragma.html. */
  readonly pragmas?: Readonly<Record<string, PragmaValue>> | undefined;
}

/** How {@link getSqlite} finds and opens a database. */
export interface GetSqliteOptions extends GetDbOptions {
  /** A path, or a `file:` or `sqlite:` URL. Default: `SQLITE_DB_PATH`, `DATABASE_URL`, then `app-dev.db`. */
  readonly path?: string | undefined;
}

/** What was asked for; absent means: whatever is in force, or the default. */
export interface RequestedSettings {
  readonly profile?: ProfileName;
  readonly busyTimeoutMs?: number;
  readonly readonly?: boolean;
  readonly fileMustExist?: boolean;
  readonly immutable?: boolean;
  readonly pragmas: ReadonlyMap<string, PragmaValue>;
}

/** What a connection is opened with. */
export interface ConnectionSettings extends Required<RequestedSettings> {
  /** The profile's pragmas with the overrides applied, in the order in which they are set. */
  readonly pragmas: ReadonlyMap<string, PragmaValue>;
}

const NAMES = ['profile', 'busyTimeoutMs', 'readonly', 'fileMustExist', 'immutable', 'pragmas'] as const;

/**
 * Checks the options and adds what the URL says.
 *
 * @throws {TypeError | RangeError} for an unknown name, a wrong value, or an option that contradicts the URL.
 */
export function readOptions(
  options: object,
  location: DatabaseLocation,
  extraName?: string,
): RequestedSettings {
  refuseUnknown(options, extraName === undefined ? NAMES : [extraName, ...NAMES]);
  const { profile, busyTimeoutMs, pragmas } = options as GetDbOptions;
  const immutable = flag(options, location, 'immutable');
  const readonly = flag(options, location, 'readonly') ?? (immutable === true ? true : undefined);
  const fileMustExist = flag(options, location, 'fileMustExist');
  if (immutable === true && readonly === false) {
    throw new TypeError(
      'An immutable database is read-only: leave out "readonly: false", "mode=rw" or "mode=rwc"',
    );
  }
  return {
    ...(profile !== undefined && { profile: checkProfile(profile) }),
    ...(busyTimeoutMs !== undefined && { busyTimeoutMs: checkBusyTimeout(busyTimeoutMs) }),
    ...(readonly !== undefined && { readonly }),
    ...(fileMustExist !== undefined && { fileMustExist }),
    ...(immutable !== undefined && { immutable }),
    pragmas: checkPragmas(pragmas),
  };
}

/** A boolean option, or the same fact from the URL; both may speak only if they agree. */
function flag(
  options: GetDbOptions,
  location: DatabaseLocation,
  name: 'readonly' | 'fileMustExist' | 'immutable',
): boolean | undefined {
  const option: unknown = options[name];
  const fromUrl = location[name];
  if (option === undefined) return fromUrl;
  if (typeof option !== 'boolean') throw new TypeError(`Expected the "${name}" option to be a boolean`);
  if (fromUrl !== undefined && fromUrl !== option) {
    throw new TypeError(`The "${name}" option is ${option}, but the parameters of the URL say the opposite`);
  }
  return option;
}

function checkProfile(profile: unknown): ProfileName {
  if (PROFILE_NAMES.includes(profile as ProfileName)) return profile as ProfileName;
  throw new TypeError(`Expected the "profile" option to be one of ${PROFILE_NAMES.join(', ')}`);
}

/** @throws {TypeError | RangeError} unless `value` is a number of milliseconds that SQLite can wait. */
export function checkBusyTimeout(value: number): number {
  return integerOption(value, 'busyTimeoutMs', 0, MAX_TIMER_MS)!;
}

function checkPragmas(pragmas: unknown): ReadonlyMap<string, PragmaValue> {
  if (pragmas === undefined) return new Map();
  if (typeof pragmas !== 'object' || pragmas === null || Array.isArray(pragmas)) {
    throw new TypeError('Expected the "pragmas" option to be an object of pragma names and values');
  }
  return new Map(
    Object.entries(pragmas).map(([name, value]) => [checkPragmaName(name), checkPragmaValue(name, value)]),
  );
}

function checkPragmaName(name: string): string {
  const lower = name.toLowerCase();
  // Names and values become part of an SQL text: nothing but one word may pass.
  if (!/^[a-z_]+$/.test(lower)) throw new TypeError(`"${name}" is not the name of a pragma`);
  if (lower === 'busy_timeout')
    throw new TypeError('Use the "busyTimeoutMs" option instead of the pragma busy_timeout');
  return lower;
}

function checkPragmaValue(name: string, value: unknown): PragmaValue {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return value as boolean | number;
  if (typeof value === 'string' && /^[\w-]+$/.test(value)) return value.toLowerCase();
  throw new TypeError(`Expected the pragma "${name}" to be an integer, a boolean or one word`);
}

/** Completes a request with the defaults. */
export function completeSettings(requested: RequestedSettings): ConnectionSettings {
  const { profile = 'default', busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS } = requested;
  const { readonly = false, fileMustExist = false, immutable = false } = requested;
  const pragmas = new Map([...pragmasOf(profile), ...requested.pragmas]);
  return { profile, busyTimeoutMs, readonly, fileMustExist, immutable, pragmas };
}

/**
 * Refuses a request that an open connection does not fulfil.
 *
 * `fileMustExist` is not compared: the file of an open connection exists.
 *
 * @throws {FerroliteError} `FERROLITE_OPTIONS_CONFLICT`, naming the first difference.
 */
export function refuseConflict(
  path: string,
  requested: RequestedSettings,
  inForce: ConnectionSettings,
): void {
  for (const name of ['profile', 'busyTimeoutMs', 'readonly', 'immutable'] as const) {
    const wanted = requested[name];
    if (wanted !== undefined && wanted !== inForce[name])
      throw conflict(path, `"${name}"`, wanted, inForce[name]);
  }
  for (const [name, wanted] of requested.pragmas) {
    const current = inForce.pragmas.get(name);
    if (!samePragma(wanted, current)) throw conflict(path, `the pragma "${name}"`, wanted, current);
  }
}

function samePragma(a: PragmaValue, b: PragmaValue | undefined): boolean {
  return b !== undefined && normal(a) === normal(b);
}

function normal(value: PragmaValue): string {
  const text = String(value);
  if (/^(?:true|on|yes)$/.test(text)) return '1';
  return /^(?:false|off|no)$/.test(text) ? '0' : text;
}

function conflict(
  path: string,
  name: string,
  wanted: PragmaValue,
  current: PragmaValue | undefined,
): FerroliteError {
  const inForce = current === undefined ? 'no value of its own' : JSON.stringify(current);
  return new FerroliteError(
    `The connection to ${JSON.stringify(path)} is open with ${inForce} for ${name} and was asked for again ` +
      `with ${JSON.stringify(wanted)}: use the same options at every call, or close it first`,
    'FERROLITE_OPTIONS_CONFLICT',
  );
}
