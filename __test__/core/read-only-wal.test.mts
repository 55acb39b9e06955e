// A database in WAL mode whose folder cannot be written, with and without its log.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeDrivers, type Driver } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Reads, then tries to write. */
function use(driver: string, path: string, options: object): string[] {
  const Database = require(driver);
  const answer = (fn: () => unknown): string => {
    try {
      return String(fn());
    } catch (thrown) {
      const error = thrown as Error & { code?: string };
      return `${error.name} ${error.code}: ${error.message}`;
    }
  };
  let db: InstanceType<typeof Database>;
  const opened = answer(() => {
    db = new Database(path, options);
    return 'open';
  });
  if (opened !== 'open') return [opened];
  return [
    answer(() => db.prepare('SELECT group_concat(a) FROM t').pluck().get()),
    answer(() => db.exec('INSERT INTO t VALUES (9)').open),
    answer(() => db.close().open),
  ];
}

/** A folder, later read-only, with a database in WAL mode that its writer has left open, or closed. */
function start(driver: Driver, log: 'with its log' | 'closed'): string {
  const folder = driver.folder();
  mkdirSync(`${folder}.start`);
  const path = join(driver.folder(), 'test.db');
  const db = new driver.Database(path).exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)',
  );
  if (log === 'closed') db.close();
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) cpSync(path + suffix, join(`${folder}.start`, `test.db${suffix}`));
  }
  if (log !== 'closed') db.close();
  return folder;
}

function inReadOnly(driver: Driver, folder: string, options: object): string[] {
  const prefix = [
    'unshare',
    '-m',
    'sh',
    '-c',
    'mount -t tmpfs tmpfs "$1" && cp "$1".start/* "$1" && mount -o remount,ro "$1" && shift && exec "$@"',
    'sh',
    folder,
  ];
  try {
    return inChild(use, [driver.name, join(folder, 'test.db'), options], { prefix });
  } finally {
    rmSync(`${folder}.start`, { recursive: true });
  }
}

const readonly = 'SqliteError SQLITE_READONLY: attempt to write a readonly database';
const cannotOpen = 'SqliteError SQLITE_CANTOPEN: unable to open database file';

describe.skipIf(!canMount)('in a read-only folder', () => {
  describeDrivers('a database in WAL mode', (driver) => {
    it.each([{}, { readonly: true }])('with its log is read, not written (%o)', (options) => {
      expect(inReadOnly(driver, start(driver, 'with its log'), options)).toEqual(['1', readonly, 'false']);
    });

    it.each([{}, { readonly: true }])('without its log cannot be opened (%o)', (options) => {
      expect(inReadOnly(driver, start(driver, 'closed'), options)).toEqual([cannotOpen, cannotOpen, 'false']);
    });
  });
});
