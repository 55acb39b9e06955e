/** The name that better-sqlite3 gives this platform. */
import { readFileSync } from 'node:fs';

export function targetName(): string {
  const isMusl = process.platform === 'linux' && /\/ld-musl-/.test(readFileSync('/proc/self/maps', 'latin1'));
  return `${process.platform}${isMusl ? 'musl' : ''}-${process.arch}`;
}
