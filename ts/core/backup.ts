/**
 * `db.backup()`: in which order things are checked, when a step is made, how long a lock is waited for.
 *
 * No step waits inside the addon: the event loop runs between two attempts, so that a transaction of this
 * very connection can end meanwhile.
 */
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { attachedOption } from './attached';
import type { Connection } from './connection';
import type { Database as Names } from './names';

type Progress = (info: Names.BackupMetadata) => unknown;

/** What a step answers, as the addon numbers it. */
const STEP = { more: 0, done: 1, busy: 2 } as const;

const DEFAULT_PAGES = 100;
const MAX_PAGES = 0x7fffffff;

/** Milliseconds between attempts at a lock, the last for all further ones: those of SQLite's busy handler. */
const WAITS_MS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100] as const;

/** Databases with a backup under way. Nobody else may hold them, and a collected one is closed. */
const sources = new Set<object>();

interface Request {
  readonly path: string;
  readonly schema: string;
  readonly progress: Progress | undefined;
}

/** Copies a schema of the connection into a file. */
export async function backup(
  database: object,
  connection: Connection,
  filename: unknown,
  given: unknown,
): Promise<Names.BackupMetadata> {
  const request = check(filename, given ?? {});
  const source = { database };
  sources.add(source);
  try {
    if (!(await exists(dirname(request.path)))) {
      throw new TypeError('Cannot save backup because the directory does not exist');
    }
    return await copy(connection, request);
  } finally {
    sources.delete(source);
  }
}

function check(filename: unknown, options: unknown): Request {
  if (typeof filename !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  const path = filename.trim();
  if (path === '') throw new TypeError('Backup filename cannot be an empty string');
  if (path === ':memory:') throw new TypeError('Invalid backup filename ":memory:"');
  const schema = attachedOption(options);
  const progress = 'progress' in options ? (options.progress ?? undefined) : undefined;
  if (progress !== undefined && typeof progress !== 'function') {
    throw new TypeError('Expected the "progress" option to be a function');
  }
  return { path, schema, progress: progress as Progress | undefined };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function copy(connection: Connection, request: Request): Promise<Names.BackupMetadata> {
  connection.requireOpen();
  const { channel, number } = connection;
  const { path, schema, progress } = request;
  const backupNumber = channel.native.startBackup(number, schema, path, channel.uri);
  if (backupNumber < 0) throw channel.takeError();
  const pagesNow = (): Names.BackupMetadata => ({
    totalPages: channel.native.backupTotalPages(backupNumber),
    remainingPages: channel.native.backupRemainingPages(backupNumber),
  });
  try {
    const step = async (pages: number): Promise<boolean> => {
      await nextTurn();
      return stepUnlocked(connection, backupNumber, pages);
    };
    // The first step locks the target and counts.
    let isDone = await step(0);
    let pages = DEFAULT_PAGES;
    while (!isDone) {
      if (progress !== undefined) pages = nextPages(progress(pagesNow()), pages);
      isDone = await step(pages);
    }
    return pagesNow();
  } finally {
    channel.native.releaseBackup(backupNumber);
  }
}

/**
 * Makes a step, again and again while a lock is in the way: for as long as a statement of the connection
 * would wait for one.
 *
 * @returns whether the backup is done.
 */
async function stepUnlocked(connection: Connection, backupNumber: number, pages: number): Promise<boolean> {
  const { channel, number } = connection;
  for (let waitedMs = 0, attempt = 0; ; attempt += 1) {
    const answer = channel.native.stepBackup(backupNumber, pages);
    if (answer === STEP.more || answer === STEP.done) return answer === STEP.done;
    const error = channel.takeError();
    if (answer !== STEP.busy) throw error;
    const leftMs = channel.native.busyTimeout(number) - waitedMs;
    if (leftMs <= 0) throw error;
    const waitMs = Math.min(WAITS_MS[attempt] ?? 100, leftMs);
    waitedMs += waitMs;
    await delay(waitMs);
  }
}

/** How many pages the next step copies, by what the callback has answered. */
function nextPages(answer: unknown, pages: number): number {
  if (answer === undefined) return pages;
  if (typeof answer !== 'number' || Number.isNaN(answer)) {
    throw new TypeError('Expected progress callback to return a number or undefined');
  }
  return Math.max(0, Math.min(Math.round(answer), MAX_PAGES));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
