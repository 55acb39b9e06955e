import { statSync } from 'node:fs';

/** The size in bytes of the write-ahead log of the database at `path`; 0 when there is none. */
export function walBytes(path) {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
