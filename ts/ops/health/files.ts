/**
 * What the file system tells of a database.
 *
 * Files are looked at and never opened: closing any descriptor of a database drops the locks that SQLite holds on it
 * in this process. See https://sqlite.org/howtocorrupt.html, "Posix advisory locks canceled".
 */
import { stat, statfs } from 'node:fs/promises';
import type { CheckedHealthOptions } from './options';
import type { DiskCheck, WalCheck } from './result';

export interface Files {
  /** Undefined when there is no file of that name. */
  readonly databaseBytes: number | undefined;
  /** Undefined when there is no log, as in other journal modes. */
  readonly walBytes: number | undefined;
  /** The number of the file system; undefined where the system has none. */
  readonly fileSystem: number | undefined;
  /** What this user may write; undefined where the system does not tell. */
  readonly availableBytes: number | undefined;
}

export async function lookAtFiles(path: string): Promise<Files> {
  const [databaseBytes, walBytes, disk] = await Promise.all([
    sizeOf(path),
    sizeOf(`${path}-wal`),
    statfs(path).catch(() => undefined),
  ]);
  return {
    databaseBytes,
    walBytes,
    availableBytes: disk && disk.bavail * disk.bsize,
    // Elsewhere the number means something else, or nothing.
    fileSystem: process.platform === 'linux' ? disk?.type : undefined,
  };
}

function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** Judges the log's size. */
export function walCheck({ walBytes = 0 }: Files, { maxWalBytes }: CheckedHealthOptions): WalCheck {
  const figures = { bytes: walBytes, maxBytes: maxWalBytes };
  if (walBytes <= maxWalBytes) return { status: 'ok', ...figures };
  const reason =
    'the write-ahead log is over its limit: a reader that stays keeps checkpoints from finishing, or one ' +
    'transaction was larger than that';
  return { status: 'degraded', reason, ...figures };
}

/** 1000 pages of 4 KiB, the log between two of SQLite's automatic checkpoints: with less a commit can fail. */
const ROOM_FOR_A_LOG = 4 * 2 ** 20;
const MIN_AVAILABLE_BYTES = 64 * 2 ** 20;

/** Judges the space on the disk. */
export function diskCheck(
  { databaseBytes = 0, availableBytes }: Files,
  options: CheckedHealthOptions,
): DiskCheck {
  if (availableBytes === undefined) {
    return { status: 'skipped', reason: 'the system does not tell the space on the disk' };
  }
  const minAvailableBytes =
    options.minAvailableBytes ?? Math.max(MIN_AVAILABLE_BYTES, Math.ceil(databaseBytes / 10));
  const figures = { availableBytes, databaseBytes, minAvailableBytes };
  if (availableBytes < ROOM_FOR_A_LOG) {
    return { status: 'unhealthy', reason: 'the disk is full', ...figures };
  }
  if (availableBytes < minAvailableBytes) {
    return { status: 'degraded', reason: 'the disk is nearly full', ...figures };
  }
  return { status: 'ok', ...figures };
}
