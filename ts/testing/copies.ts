/**
 * Copies of snapshots: plain ones of a file that no SQLite of this process has open, so that the system may copy it.
 *
 * Copying ten megabytes takes milliseconds, most of them for memory that the system has to find. So while a test runs, the
 * copy for the next one is made in the background. It is an offer: where it is not ready, or failed, a copy is made on the
 * spot.
 */
import { constants, copyFileSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE, type Snapshot } from './build-template';
import { onDisk } from './files';
import { copyFolder, discard, forget, removeCopy } from './folders';

/** Where a copy lies: alone in a folder that goes with it. */
export interface CopiedFile {
  readonly path: string;
  readonly folder: string;
}

/** Smaller ones are copied faster than a thread is asked to do it. */
const LARGE_BYTES = 1024 * 1024;

interface Supply {
  readonly isLarge: boolean;
  /** How many copies were asked for. */
  asked: number;
  /** Being made, or ready. */
  spare: (CopiedFile & { isReady: boolean }) | undefined;
}

/** By the path of the snapshot. */
const supplies = new Map<string, Supply>();

/**
 * Gives a private copy.
 *
 * @throws {FerroliteError} `FERROLITE_FIXTURE_FILES`; nothing half-made stays.
 */
export function copyOf(snapshot: Snapshot): CopiedFile {
  const supply = supplyOf(snapshot);
  supply.asked += 1;
  const { spare } = supply;
  if (spare?.isReady === true) supply.spare = undefined;
  const copy = spare?.isReady === true ? spare : copyNow(snapshot);
  // Who asks once may never ask again.
  if (supply.isLarge && supply.asked > 1 && supply.spare === undefined) void makeSpare(snapshot, supply);
  return copy;
}

function supplyOf({ path }: Snapshot): Supply {
  let supply = supplies.get(path);
  if (supply === undefined) {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    supply = { isLarge: size >= LARGE_BYTES, asked: 0, spare: undefined };
    supplies.set(path, supply);
  }
  return supply;
}

function copyNow({ root, path }: Snapshot): CopiedFile {
  const folder = copyFolder(root);
  const target = join(folder, FILE);
  try {
    onDisk(`copy the template to "${target}"`, () => copyFileSync(path, target, constants.COPYFILE_FICLONE));
    return { path: target, folder };
  } catch (error) {
    removeCopy(folder);
    throw error;
  }
}

async function makeSpare({ root, path }: Snapshot, supply: Supply): Promise<void> {
  let folder: string | undefined;
  try {
    folder = copyFolder(root);
    const spare = { path: join(folder, FILE), folder, isReady: false };
    supply.spare = spare;
    await copyFile(path, spare.path, constants.COPYFILE_FICLONE);
    spare.isReady = true;
    // It was given up meanwhile.
    if (supply.spare !== spare) drop(folder);
  } catch {
    // The copy that is made on the spot instead says what is wrong.
    supply.spare = undefined;
    if (folder !== undefined) drop(folder);
  }
}

/** Removes the copy that waits for the next test of a worker that has no more. */
export function dropSpare(path: string): void {
  const supply = supplies.get(path);
  if (supply === undefined) return;
  supplies.delete(path);
  const { spare } = supply;
  supply.spare = undefined;
  // One that is still being made is removed when it is whole.
  if (spare?.isReady === true) drop(spare.folder);
}

function drop(folder: string): void {
  discard(folder);
  forget(folder);
}
