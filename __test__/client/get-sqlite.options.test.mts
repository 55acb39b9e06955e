import { FerroliteError, closeDatabase, getDb, getSqlite } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { thrownBy } from './support.mts';

afterEach(() => closeDatabase());

/** Wrong arguments, which the types refuse. */
const loose = { getDb, getSqlite } as unknown as Record<
  'getDb' | 'getSqlite',
  (...args: unknown[]) => unknown
>;

describe('a wrong argument', () => {
  it.each([null, 'app.db', 1, true])('%j is no options object', (options) => {
    expect(() => loose.getSqlite(options)).toThrow(
      new TypeError('Expected first argument to be an options object (getDb(path) takes a path)'),
    );
    expect(() => loose.getDb(tempDb(), options)).toThrow(
      new TypeError('Expected second argument to be an options object'),
    );
  });

  it.each([undefined, null, 1, {}])('%j is no path', (path) => {
    expect(() => loose.getDb(path)).toThrow(new TypeError('Expected first argument to be a string'));
  });

  it.each([
    [{ path: 1 }, TypeError, 'Expected the "path" option to be a string'],
    [{ path: null }, TypeError, 'Expected the "path" option to be a string'],
    [
      { readOnly: true },
      TypeError,
      'Unknown option "readOnly" (the options are path, profile, busyTimeoutMs',
    ],
    [{ timeout: 1 }, TypeError, 'Unknown option "timeout"'],
    [{ profile: 'fast' }, TypeError, 'one of default, readHeavy, writeHeavy, durable'],
    [{ profile: 'toString' }, TypeError, 'one of default'],
    [{ readonly: 1 }, TypeError, 'Expected the "readonly" option to be a boolean'],
    [{ fileMustExist: 'yes' }, TypeError, 'Expected the "fileMustExist" option to be a boolean'],
    [{ immutable: null }, TypeError, 'Expected the "immutable" option to be a boolean'],
    [{ immutable: true, readonly: false }, TypeError, 'An immutable database is read-only'],
    [{ busyTimeoutMs: '5000' }, TypeError, 'Expected the "busyTimeoutMs" option to be an integer'],
    [{ busyTimeoutMs: 1.5 }, TypeError, 'Expected the "busyTimeoutMs" option to be an integer'],
    [{ busyTimeoutMs: Number.NaN }, TypeError, 'Expected the "busyTimeoutMs" option to be an integer'],
    [{ busyTimeoutMs: -1 }, RangeError, 'between 0 and 2147483647'],
    [{ busyTimeoutMs: 2 ** 31 }, RangeError, 'between 0 and 2147483647'],
    [{ pragmas: 'cache_size=1' }, TypeError, 'Expected the "pragmas" option to be an object'],
    [{ pragmas: [] }, TypeError, 'Expected the "pragmas" option to be an object'],
    [{ pragmas: null }, TypeError, 'Expected the "pragmas" option to be an object'],
    [{ pragmas: { 'cache_size = 1; --': 1 } }, TypeError, 'is not the name of a pragma'],
    [{ pragmas: { cache_size: '1; DROP TABLE t' } }, TypeError, 'an integer, a boolean or one word'],
    [{ pragmas: { cache_size: 1.5 } }, TypeError, 'an integer, a boolean or one word'],
    [{ pragmas: { cache_size: undefined } }, TypeError, 'an integer, a boolean or one word'],
    [{ pragmas: { busy_timeout: 1 } }, TypeError, 'Use the "busyTimeoutMs" option'],
    [{ pragmas: { cachesize: 1 } }, TypeError, 'SQLite has no pragma "cachesize"'],
  ])('%j is refused at the call', (options, type, message) => {
    const error = thrownBy(() => loose.getSqlite({ path: tempDb(), ...options }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(message);
    expect(error.stack).toContain(error.message);
  });

  it('is an option that contradicts the URL', () => {
    const url = `file:${tempDb()}?mode=ro`;
    expect(() => getDb(url, { readonly: false })).toThrow(
      new TypeError('The "readonly" option is false, but the parameters of the URL say the opposite'),
    );
    expect(() => getDb(`${url}&immutable=0`, { immutable: true })).toThrow(TypeError);
  });

  it('is a read-only database in memory', () => {
    expect(() => getDb(':memory:', { readonly: true })).toThrow(
      'In-memory/temporary databases cannot be readonly',
    );
    expect(getDb(':memory:').open).toBe(true);
  });
});

describe('other options for an open connection', () => {
  it.each([
    [{}, { profile: 'durable' }, '"default" for "profile"', '"durable"'],
    [{ profile: 'readHeavy' }, { profile: 'default' }, '"readHeavy" for "profile"', '"default"'],
    [{}, { busyTimeoutMs: 100 }, '5000 for "busyTimeoutMs"', '100'],
    [{ busyTimeoutMs: 100 }, { busyTimeoutMs: 5000 }, '100 for "busyTimeoutMs"', '5000'],
    [{}, { readonly: true }, 'false for "readonly"', 'true'],
    [{}, { immutable: true }, 'false for "readonly"', 'true'],
    [{}, { pragmas: { cache_size: -1000 } }, '-64000 for the pragma "cache_size"', '-1000'],
    [
      {},
      { pragmas: { cell_size_check: true } },
      'no value of its own for the pragma "cell_size_check"',
      'true',
    ],
  ] as const)(
    '%j and then %j is a FERROLITE_OPTIONS_CONFLICT that names both',
    (first, second, inForce, wanted) => {
      const path = tempDb();
      const database = getDb(path, first);
      const error = thrownBy(() => getDb(path, second));
      expect(error).toBeInstanceOf(FerroliteError);
      expect(error.code).toBe('FERROLITE_OPTIONS_CONFLICT');
      expect(error.message).toContain(`${JSON.stringify(path)} is open with ${inForce}`);
      expect(error.message).toContain(
        `again with ${wanted}: use the same options at every call, or close it first`,
      );
      expect(getDb(path, first)).toBe(database);
    },
  );

  it('is a conflict with the URL too', () => {
    const path = tempDb();
    getDb(path);
    expect(thrownBy(() => getDb(`file:${path}?mode=ro`)).code).toBe('FERROLITE_OPTIONS_CONFLICT');
  });

  it('may leave options out, or repeat those in force in other words', () => {
    const path = tempDb();
    const database = getDb(path, {
      profile: 'durable',
      pragmas: { FOREIGN_KEYS: 'OFF', recursive_triggers: true },
    });
    for (const options of [
      {},
      { profile: 'durable', busyTimeoutMs: 5000 },
      { readonly: false, immutable: false, fileMustExist: true },
      { pragmas: { foreign_keys: false, synchronous: 'FULL', recursive_triggers: 1, journal_mode: 'WAL' } },
    ] as const) {
      expect(getDb(path, options)).toBe(database);
    }
    expect(getDb(`file:${path}?mode=rw`)).toBe(database);
  });

  it('are accepted after closeDatabase()', () => {
    const path = tempDb();
    getDb(path);
    closeDatabase(path);
    expect(getDb(path, { profile: 'durable' }).pragma('synchronous', { simple: true })).toBe(2);
  });
});
