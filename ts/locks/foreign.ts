/** Descriptors of database files that other code of this process has open. */
import { constants, readFileSync, readlinkSync } from 'node:fs';
import type { NativeBinding } from '../native';

/** A descriptor that drops the locks of the whole process on a file when it is closed. */
export interface ForeignDescriptor {
  readonly fd: number;
  /** Whether it is of the database, or of the index of its log, whose name ends with `-shm`. */
  readonly file: 'database' | 'shm';
  /** Who seems to have opened it: another SQLite, or code that reads or writes the file itself. */
  readonly kind: 'sqlite' | 'plain' | 'unknown';
}

/** With the database's path, where the system tells. */
export interface FoundDescriptor extends ForeignDescriptor {
  readonly path: string | undefined;
}

/** Those of all files that this library has open; undefined on systems that do not list descriptors. */
export function foreignDescriptors(native: NativeBinding): FoundDescriptor[] | undefined {
  return native.foreignDescriptors()?.map(({ fd, isShm, own }) => ({
    fd,
    file: isShm ? 'shm' : 'database',
    kind: kindOf(fd),
    path: pathOf(own),
  }));
}

/** The path of an open file, where the system tells. */
export function pathOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function kindOf(fd: number): ForeignDescriptor['kind'] {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    return 'unknown';
  }
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(text)?.[1] ?? '', 8);
  // SQLite opens all files so, Node none.
  const opensAsSqlite = Number.isInteger(flags) && (flags & constants.O_NOFOLLOW) !== 0;
  return opensAsSqlite || /^lock:.*\bPOSIX\b/m.test(text) ? 'sqlite' : 'plain';
}

/** By its own name or that of its package. */
const LIBRARY =
  /(?:\/node_modules\/(?:@[^/]+\/)?[^/]*(?:sqlite|libsql)[^/]*\/.*|(?:sqlite|sqlcipher|libsql|ferrolite)[^/]*)\.(?:node|so[.\d]*)$/i;

/** Libraries of this process that hold an SQLite, this one among them: file names, where the system tells. */
export function sqliteLibraries(): string[] {
  const found = new Set<string>();
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] };
  if (moduleLoadList?.includes('NativeModule sqlite') === true) found.add('node:sqlite');
  try {
    for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
      const path = line.slice(line.indexOf('/'));
      if (LIBRARY.test(path)) found.add(path);
    }
  } catch {
    // The system does not tell.
  }
  return [...found];
}
