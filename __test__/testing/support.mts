/** What the tests of `ferrolite/testing` share: folders for fixtures, and what lies in them. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

const ROOT = `ferrolite-testing-${process.getuid?.()}`;

/** The names of the folders of processes below `directory`. */
export function ownedFolders(directory: string): string[] {
  return existsSync(join(directory, ROOT)) ? readdirSync(join(directory, ROOT)).toSorted() : [];
}

/** Makes a folder of one process as if that process had made it, with a file in it; gives its path. */
export function leaveFolder(directory: string, name: string): string {
  const folder = join(directory, ROOT, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'test.db'), '');
  return folder;
}

/** All copies that lie below `directory`: folders of threads with something in them. */
export function copiesIn(directory: string): string[] {
  const copies = ownedFolders(directory).filter((name) => /-t\d+$/.test(name));
  return copies.flatMap((name) => readdirSync(join(directory, ROOT, name)));
}

/** What a run has left of templates: every file in the folders of runs. */
export function templateFiles(directory: string): string[] {
  const runs = ownedFolders(directory).filter((name) => name.endsWith('-run'));
  return runs
    .flatMap((name) =>
      readdirSync(join(directory, ROOT, name), { recursive: true, withFileTypes: true, encoding: 'utf8' }),
    )
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();
}

/** A folder with these files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempDir('migrations');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A database with a table `t` that has the rows 1 and 2, closed; with `sql` executed on it. */
export function templateFile(sql = ''): string {
  const path = tempDb('template');
  new Database(path).exec(`CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); ${sql}`).close();
  return path;
}

/** The rows of `t`. */
export function rowsOf(db: Database.Database): unknown[] {
  return db.prepare('SELECT a FROM t ORDER BY a').pluck().all();
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the promise was fulfilled');
}
