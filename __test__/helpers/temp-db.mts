/**
 * Files for one test file, gone when its last test has run. Before that, the databases among them are checked.
 *
 * Every call gives a path in a folder of its own: two SQLite libraries in one process must never open the
 * same file (closing either handle drops the POSIX locks of the other), so no two drivers share one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { complaints } from './sound-files.mts';

const root = mkdtempSync(join(tmpdir(), 'ferrolite-test-'));

afterAll(() => {
  try {
    expect(complaints(root)).toEqual([]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 120_000);

/** An empty folder, readable by every user. */
export function tempDir(label = 'dir'): string {
  return mkdtempSync(join(root, `${label}-`));
}

/** The path of a database file that does not exist yet, alone in its folder. */
export function tempDb(label = 'db'): string {
  return join(tempDir(label), 'test.db');
}
