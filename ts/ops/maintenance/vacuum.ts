/** Giving space back to the disk: `vacuum()`, `vacuumInto()`, `incrementalVacuum()`. */
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FerroliteError } from '../../errors';
import { integerOption } from '../../options';
import type { FileSubject } from '../subject-file';
import { maintain, type Job } from './job';
import { checkMaintenance, type MaintenanceOptions } from './options';

/** How a file gives free pages back. */
export type AutoVacuum = 'none' | 'full' | 'incremental';

/** Options of {@link vacuum}. */
export interface VacuumOptions extends MaintenanceOptions {
  /** Set this mode, which takes effect by vacuuming. Default: the file's. */
  readonly autoVacuum?: AutoVacuum | undefined;
}

/** Options of {@link incrementalVacuum}. */
export interface IncrementalVacuumOptions extends MaintenanceOptions {
  /** Free pages that are given back at most. Default: all. */
  readonly maxPages?: number | undefined;
  /** Free pages that one transaction gives back. Default 1000. */
  readonly pagesPerTransaction?: number | undefined;
}

/** What {@link vacuumInto} has made. */
export interface VacuumIntoResult {
  /** The size of the database. */
  readonly bytesBefore: number;
  /** The size of the copy. */
  readonly bytesAfter: number;
  readonly durationMs: number;
}

/** The size of the file before and after. */
export interface VacuumResult extends VacuumIntoResult {
  /**
   * False: another connection still reads pages of before, so the file becomes smaller with a later checkpoint.
   * `bytesAfter` is what it will be.
   */
  readonly truncated: boolean;
}

const MODES: readonly AutoVacuum[] = ['none', 'full', 'incremental'];
const DEFAULT_STEP_PAGES = 1000;
const MOST_PAGES = 0xffff_fffe;

/**
 * Builds the file anew: without free pages, its tables in one piece each.
 *
 * No other connection can write meanwhile. The log grows by the size of the new file, and is emptied afterwards.
 * `onProgress` counts the bytes that were written back; it stays at 0 while the copy is made.
 *
 * @throws {FerroliteError} `FERROLITE_NO_SPACE` when the disk cannot hold the copy.
 * @throws {SqliteError} e.g. `SQLITE_BUSY`: another connection is writing. All errors reject the promise, and leave the
 *   file as it was.
 * @see https://sqlite.org/lang_vacuum.html
 *
 * @example
 * const { bytesBefore, bytesAfter } = await vacuum('app.db');
 */
export async function vacuum(database: FileSubject, options?: VacuumOptions): Promise<VacuumResult> {
  const common = checkMaintenance(options, 'autoVacuum');
  const mode: unknown = options?.autoVacuum;
  if (mode !== undefined && !MODES.includes(mode as AutoVacuum)) {
    throw new TypeError(`Expected the "autoVacuum" option to be 'none', 'full' or 'incremental'`);
  }
  return maintain(database, common, async (job) => {
    const before = await pagesOf(job);
    const total = before.liveBytes;
    await checkSpace(job.path, total);
    if (mode !== undefined) await job.exec(`PRAGMA auto_vacuum = ${String(mode)}`);
    const started = logBytes(job.path);
    await job.watched(job.exec('VACUUM'), () => {
      job.report('bytes', Math.min(total, Math.max(0, logBytes(job.path) - started)), total);
    });
    job.report('bytes', total, total);
    return given(job, before.bytes);
  });
}

/**
 * Copies the database into a new file, without its free pages. Writers go on meanwhile.
 *
 * The copy has its name once it is whole and on the disk.
 *
 * @param file - The path of the copy, which must not exist.
 * @throws {FerroliteError} `FERROLITE_NO_SPACE`, `FERROLITE_FILE_EXISTS`; rejects the promise.
 * @see https://sqlite.org/lang_vacuum.html#vacuuminto
 */
export async function vacuumInto(
  database: FileSubject,
  file: string,
  options?: MaintenanceOptions,
): Promise<VacuumIntoResult> {
  const common = checkMaintenance(options);
  if (typeof file !== 'string' || file === '') throw new TypeError('Expected second argument to be a path');
  const target = resolve(file);
  if (existsSync(target)) throw fileExists(target);
  // Of this process, and of this call: nothing else looks at it.
  const partial = `${target}.${process.pid}-${Math.random().toString(36).slice(2)}.partial`;
  return maintain(database, { ...common, readonly: true }, async (job) => {
    const { bytes, liveBytes } = await pagesOf(job);
    await checkSpace(partial, liveBytes);
    try {
      const work = job.connection.run('VACUUM INTO ?', [partial], job.call);
      await job.watched(work, () =>
        job.report('bytes', Math.min(liveBytes, sizeOf(partial) ?? 0), liveBytes),
      );
      const bytesAfter = sizeOf(partial) ?? 0;
      // Before the copy is there, because what a listener throws gives it up.
      job.report('bytes', liveBytes, liveBytes);
      giveName(partial, target);
      return { bytesBefore: bytes, bytesAfter };
    } finally {
      rmSync(partial, { force: true });
    }
  });
}

/**
 * Gives free pages back in many short transactions, between which others can write.
 *
 * Only for a file whose `auto_vacuum` is `INCREMENTAL`: `vacuum(db, { autoVacuum: 'incremental' })` makes it so.
 *
 * @throws {FerroliteError} `FERROLITE_NOT_INCREMENTAL`; rejects the promise.
 * @see https://sqlite.org/pragma.html#pragma_incremental_vacuum
 */
export async function incrementalVacuum(
  database: FileSubject,
  options?: IncrementalVacuumOptions,
): Promise<VacuumResult> {
  const common = checkMaintenance(options, 'maxPages', 'pagesPerTransaction');
  const { maxPages, pagesPerTransaction } = options ?? {};
  const most = integerOption(maxPages, 'maxPages', 1, MOST_PAGES) ?? Infinity;
  const step = integerOption(pagesPerTransaction, 'pagesPerTransaction', 1, MOST_PAGES) ?? DEFAULT_STEP_PAGES;
  return maintain(database, common, async (job) => {
    const { bytes, freePages } = await pagesOf(job);
    if ((await job.value<number>('PRAGMA auto_vacuum')) !== MODES.indexOf('incremental')) {
      throw new FerroliteError(
        `auto_vacuum of ${job.path} is not INCREMENTAL: execute vacuum() with { autoVacuum: 'incremental' } once`,
        'FERROLITE_NOT_INCREMENTAL',
      );
    }
    const total = Math.min(most, freePages);
    for (let done = 0; done < total;) {
      job.report('pages', done, total);
      const pages = Math.min(step, total - done);
      await job.exec(`PRAGMA incremental_vacuum(${pages})`);
      done += pages;
    }
    job.report('pages', total, total);
    return given(job, bytes);
  });
}

interface Pages {
  readonly bytes: number;
  /** Without free pages. */
  readonly liveBytes: number;
  readonly freePages: number;
}

async function pagesOf(job: Job): Promise<Pages> {
  const count = await job.value<number>('PRAGMA page_count');
  const size = await job.value<number>('PRAGMA page_size');
  const freePages = await job.value<number>('PRAGMA freelist_count');
  return { bytes: count * size, liveBytes: (count - freePages) * size, freePages };
}

/** Empties the log, with which the file gets its new size. */
async function given(job: Job, bytesBefore: number): Promise<Omit<VacuumResult, 'durationMs'>> {
  const { bytes } = await pagesOf(job);
  const [checkpoint] = await job.rows<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
  return { bytesBefore, bytesAfter: bytes, truncated: checkpoint?.busy === 0 };
}

/** Gives a copy its name, unless that was taken meanwhile. */
function giveName(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(target)) throw fileExists(target);
    // Not every file system has two names for one file.
    renameSync(partial, target);
  }
}

function fileExists(target: string): FerroliteError {
  return new FerroliteError(`There is a file at ${target} already`, 'FERROLITE_FILE_EXISTS');
}

/** A file that is full stops everybody who writes, so this is not found out by trying. */
async function checkSpace(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize > bytes) return;
  throw new FerroliteError(
    `${dirname(path)} has ${bavail * bsize} bytes available, and the copy needs ${bytes}`,
    'FERROLITE_NO_SPACE',
  );
}

/** What is written beside the file before it is written into it. */
const logBytes = (path: string): number => (sizeOf(`${path}-wal`) ?? 0) + (sizeOf(`${path}-journal`) ?? 0);

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;
