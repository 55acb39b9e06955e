/**
 * Names of the databases of a fleet, and the files that they stand for.
 *
 * A name often comes from a request. What is allowed is written down, nothing is escaped: every name that
 * passes is one file of that very name, in the directory itself, on all systems.
 */
import { join } from 'node:path';

/** What follows a name. No file that SQLite puts beside a database ends so. */
const SUFFIX = '.db';
/** The files of a database. The database first: SQLite discards the others beside a file that is new. */
const SUFFIXES = [SUFFIX, `${SUFFIX}-wal`, `${SUFFIX}-shm`, `${SUFFIX}-journal`];

const MAX_LENGTH = 100;
/** No capitals: Windows and macOS take `A` and `a` for one file. No dot at the ends: Windows drops the last. */
const ALLOWED = /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?$/;
/** Devices of Windows, whatever follows the first dot. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/** @throws {TypeError | RangeError} unless `name` can be the name of a database. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (name.length === 0 || name.length > MAX_LENGTH) {
    throw new RangeError(`Expected the name of a database to have 1 to ${MAX_LENGTH} characters`);
  }
  if (!ALLOWED.test(name)) {
    throw new TypeError(
      `Expected the name of a database to consist of a-z, 0-9, "_", "-" and ".", ` +
        `without "-" at its beginning and "." at its ends, not ${JSON.stringify(name)}`,
    );
  }
  if (RESERVED.test(name)) {
    throw new TypeError(
      `The name of a database cannot be ${JSON.stringify(name)}, which is a device on Windows`,
    );
  }
  return name;
}

/** The database's file. */
export function fileOf(directory: string, name: string): string {
  return join(directory, name + SUFFIX);
}

/** All files that a database can have, in the order in which they are removed. */
export function filesOf(directory: string, name: string): string[] {
  return SUFFIXES.map((suffix) => join(directory, name + suffix));
}

/** The name that a file stands for; undefined for a file of something else. */
export function nameOf(file: string): string | undefined {
  if (!file.endsWith(SUFFIX)) return undefined;
  const name = file.slice(0, -SUFFIX.length);
  const isName = name.length <= MAX_LENGTH && ALLOWED.test(name) && !RESERVED.test(name);
  return isName ? name : undefined;
}
