/** What keeps a database from being opened on file descriptors. */

/** The faults of one descriptor, by the numbers of `csrc/fd_vfs.c`. */
const FAULTS: Readonly<Record<number, string>> = {
  1: 'file descriptor is not open',
  2: 'file descriptor does not refer to a regular file',
  3: 'file descriptor was not opened for reading',
  4: 'file descriptor was not opened for writing (use the "readonly" option)',
  5: 'file descriptor was opened in append mode',
  6: 'file has been deleted',
};
const OF_JOURNAL = 8;
const SAME_FILE = 16;
const WAL = 17;

/** Refuses the one system that has no such descriptors. */
export function requireDescriptors(): void {
  if (process.platform === 'win32') {
    throw new TypeError('Opening a database from a file descriptor is not supported on Windows');
  }
}

/**
 * Throws for what the addon found wrong with two descriptors.
 *
 * @param fault - A number of `csrc/fd_vfs.c`, 0 for nothing.
 */
export function requireUsable(fault: number): void {
  if (fault === 0) return;
  if (fault < SAME_FILE) {
    const file = fault < OF_JOURNAL ? 'database' : 'journal';
    throw new TypeError(`Cannot open database because the ${file} ${FAULTS[fault % OF_JOURNAL]}`);
  }
  if (fault === SAME_FILE) {
    throw new TypeError(
      'Cannot open database because the database and journal file descriptors refer to the same file',
    );
  }
  if (fault === WAL) {
    throw new TypeError('Cannot open database from a file descriptor because it is in WAL mode');
  }
  throw new TypeError('Cannot open database because the journal file is itself a database');
}
