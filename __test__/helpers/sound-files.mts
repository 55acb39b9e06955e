/**
 * Whether the database files that tests have written are sound, by the word of another SQLite: its shell, in a
 * process of its own.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const HEADER = 'SQLite format 3\0';
const damaged = new Set<string>();

/** Whether the shell is on this machine. */
export const hasShell = spawnSync('sqlite3', ['-version']).status === 0;

/** Says that a test damages this file on purpose. */
export function damagedOnPurpose(path: string): string {
  damaged.add(path);
  return path;
}

function isDatabase(path: string): boolean {
  const start = Buffer.alloc(HEADER.length);
  const file = openSync(path, 'r');
  try {
    return readSync(file, start) === HEADER.length && start.toString('latin1') === HEADER;
  } finally {
    closeSync(file);
  }
}

/** The files below `folder`. Links are not followed, as the recursion of `readdirSync` does: one leads to this project. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}

/** The files below `folder` that are databases and not damaged on purpose. */
function databasesIn(folder: string): string[] {
  return filesIn(folder).filter((path) => !damaged.has(path) && isDatabase(path));
}

/** What is wrong with the databases below `folder`: a line each. Nothing where there is no shell. */
export function complaints(folder: string): string[] {
  if (!hasShell) return [];
  return databasesIn(folder).flatMap((path) => {
    // A lock that a test has left is none of this check's business; it only has to read.
    const { stdout, stderr } = spawnSync('sqlite3', [path, '.timeout 5000', 'PRAGMA integrity_check'], {
      encoding: 'utf8',
    });
    return stdout.trim() === 'ok' ? [] : [`${path}: ${stdout.trim()} ${stderr.trim()}`];
  });
}
