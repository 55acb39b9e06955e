/**
 * Where templates and copies lie, and how they go away again.
 *
 * One folder for all runs of a user holds one for each run, with its templates, and one for each thread, with its
 * copies. A thread removes its copies when they are closed, or when it exits. What a killed process leaves is removed by
 * the next one that needs a fixture: a folder's name says whose it is.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { FerroliteError } from 'ferrolite';
import { onDisk } from './files';
import { folderName, isOwned, isOwnerAlive, runOwner } from './owner';

/** After this time without a new file nobody can be using the folder of another machine or container. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
/** Windows refuses to remove what a virus scanner is looking at. */
const REMOVE = { recursive: true, force: true, maxRetries: 3 } as const;

const swept = new Set<string>();
/** Folders that have to go when this thread exits. */
const live = new Set<string>();

/** The folder for all runs of this user below `directory`; made, and swept once, when it is first asked for. */
export function rootFolder(directory: string = tmpdir()): string {
  // The name of one user's folder must not be another's to take.
  const root = join(resolve(directory), `ferrolite-testing${process.getuid ? `-${process.getuid()}` : ''}`);
  onDisk(`create the folder of fixtures "${root}"`, () => mkdirSync(root, { recursive: true, mode: 0o700 }));
  const stats = lstatSync(root);
  const isOurs = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !isOurs) {
    throw new FerroliteError(
      `Cannot use "${root}" for fixtures, because it ${isOurs ? 'is no folder' : `does not belong to ${userInfo().username}`}. ` +
        'Remove it, or choose another place with the "directory" option',
      'FERROLITE_FIXTURE_FILES',
    );
  }
  if (!swept.has(root)) {
    swept.add(root);
    sweep(root);
  }
  return root;
}

/** Removes what processes have left that are no more. */
function sweep(root: string): void {
  for (const name of readdirSync(root)) {
    if (isOwned(name) && isDead(root, name)) discard(join(root, name));
  }
}

function isDead(root: string, name: string): boolean {
  const isAlive = isOwnerAlive(name);
  if (isAlive !== undefined) return !isAlive;
  const stats = statSync(join(root, name), { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS;
}

/** Removes a folder that nobody needs, as far as it can be done. */
export function discard(folder: string): void {
  try {
    rmSync(folder, REMOVE);
  } catch {
    // Another process is removing it too, or Windows has a file open: whoever sweeps next does the rest.
  }
}

/** The folder for what the workers of this run share. */
export function runFolder(root: string): string {
  const owner = runOwner();
  const folder = join(root, folderName(owner, 'run'));
  onDisk(`create the folder "${folder}"`, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  // A run that is this process alone ends with it. Workers come and go, their runner does not load this code.
  if (owner === process.pid) removeAtExit(folder);
  return folder;
}

/** A new folder for one copy; {@link removeCopy} removes it. */
export function copyFolder(root: string): string {
  const folder = join(root, folderName(process.pid, `t${threadId}`));
  return onDisk(`create a folder in "${folder}"`, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const copy = mkdtempSync(join(folder, 'db-'));
    removeAtExit(copy);
    return copy;
  });
}

/** Removes a folder that {@link copyFolder} has made. */
export function removeCopy(copy: string): void {
  rmSync(copy, REMOVE);
  forget(copy);
}

function removeAtExit(folder: string): void {
  if (live.size === 0) process.on('exit', removeAll);
  live.add(folder);
}

/** Knows a folder of {@link copyFolder} no longer. */
export function forget(folder: string): void {
  live.delete(folder);
  if (live.size === 0) process.off('exit', removeAll);
  removeEmpty(join(folder, '..'));
}

function removeAll(): void {
  for (const folder of live) {
    discard(folder);
    removeEmpty(join(folder, '..'));
  }
}

function removeEmpty(folder: string): void {
  if (!isOwned(folder.slice(Math.max(folder.lastIndexOf('/'), folder.lastIndexOf('\\')) + 1))) return;
  try {
    rmdirSync(folder);
  } catch {
    // Other copies lie in it.
  }
}

/**
 * Removes the templates of this run, and whatever processes have left that are no more.
 *
 * For the end of a run: in Vitest what `globalSetup` returns, in Playwright the `globalTeardown`. Without it the
 * templates of the last run lie in the temporary folder until the next one.
 *
 * @param options - `directory` is that of the templates. Default: the system's temporary folder.
 *
 * @example
 * // vitest.global-setup.ts
 * import { removeFixtures } from 'ferrolite/testing';
 * export default () => () => removeFixtures();
 */
export function removeFixtures(options: { readonly directory?: string | undefined } = {}): void {
  const root = rootFolder(options?.directory);
  for (const owner of new Set([process.pid, runOwner()])) discard(join(root, folderName(owner, 'run')));
  sweep(root);
}
