/** `databaseStats()`: what a database and a connection are made of, without side effects. */
import type { NativeDatabaseStats } from '../../native/binding.js';
import { nameTheFile } from '../client/open-error';
import { errorFrom } from '../errors';
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../options';
import { native } from '../this-platform';
import { snapshotHolder, type SnapshotHolder } from './checkpoint/snapshot-holder';
import { ownSubjectFile, type FileSubject, type SubjectFile } from './subject-file';

/** What {@link databaseStats} looks at. */
export interface DatabaseStatsOptions {
  /** How many of the largest tables and indexes are listed. More than 0 reads the whole file. Default 0. */
  readonly objects?: number | undefined;
  /** How long to wait for a connection that keeps everybody out. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
}

/** The write-ahead log. */
export interface WalStats {
  /** Of its file, which does not shrink when the log begins anew. */
  readonly bytes: number;
  /** Frames, of one page each. */
  readonly frames: number;
  /** Those of them that are in the database file. */
  readonly checkpointedFrames: number;
}

/** A table or index. */
export interface ObjectStats {
  readonly name: string;
  readonly type: 'table' | 'index';
  /** The table that it belongs to. */
  readonly table: string;
  readonly pages: number;
  readonly bytes: number;
  /** Of its content. */
  readonly payloadBytes: number;
  /** Of its pages that hold nothing. */
  readonly unusedBytes: number;
}

/** What SQLite counts of a connection since it was opened. */
export interface ConnectionStats {
  /** Pages that were found in the cache. */
  readonly cacheHits: number;
  /** Pages that were not. */
  readonly cacheMisses: number;
  /** Pages that were written. */
  readonly cacheWrites: number;
  /** Pages that were written in the middle of a transaction, because the cache was full. */
  readonly cacheSpills: number;
  readonly cacheBytes: number;
  readonly schemaBytes: number;
  /** Of prepared statements. */
  readonly statementBytes: number;
  /** Prepared statements. */
  readonly statements: number;
  /** Those that stand on a row: iterators that were not read to their end. */
  readonly busyStatements: number;
  readonly inTransaction: boolean;
}

/** What a database is made of. */
export interface DatabaseStats {
  readonly path: string;
  /** Of the file, without the log. */
  readonly fileBytes: number;
  /** Of a page. */
  readonly pageBytes: number;
  /** Pages of the database, those that only the log has included. */
  readonly pages: number;
  /** Pages that hold nothing: what `VACUUM` gives back. */
  readonly freePages: number;
  readonly autoVacuum: 'none' | 'full' | 'incremental';
  /** In SQLite's words: `wal`, `delete` and others. */
  readonly journalMode: string;
  /** Undefined where the journal is another one. */
  readonly wal: WalStats | undefined;
  /**
   * Who reads in WAL mode, oldest snapshot first; undefined where the system does not tell. For how long it has been
   * there only a checkpointer knows.
   */
  readonly readers: readonly SnapshotHolder[] | undefined;
  /** Open connections of this process, of all its threads. */
  readonly connections: number;
  /** The largest first; empty unless asked for. */
  readonly objects: readonly ObjectStats[];
  /** Of the connection that was given, or that `getDb()` has open to the path; undefined for a pool. */
  readonly connection: ConnectionStats | undefined;
}

const AUTO_VACUUM = ['none', 'full', 'incremental'] as const;
const MAX_OBJECTS = 1_000_000;

/**
 * Looks at a database: its pages, log, readers and connections, and on demand its largest tables and indexes.
 *
 * Reads off the main thread with a connection of its own. Nothing is written, copied or created, and no counter is
 * reset.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it.
 * @throws {SqliteError} `SQLITE_CANTOPEN` without a file, `SQLITE_NOTADB`, `SQLITE_BUSY`, and others, with the path.
 * @throws {TypeError | RangeError} for a wrong argument. All errors reject the promise.
 *
 * @example
 * const { pages, freePages, wal, objects } = await databaseStats(getSqlite(), { objects: 10 });
 */
export async function databaseStats(
  database: FileSubject,
  options: DatabaseStatsOptions = {},
): Promise<DatabaseStats> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  refuseUnknown(options, ['objects', 'busyTimeoutMs']);
  const objects = integerOption(options.objects, 'objects', 0, MAX_OBJECTS) ?? 0;
  const busyTimeoutMs = integerOption(options.busyTimeoutMs, 'busyTimeoutMs', 0, MAX_TIMER_MS) ?? 5000;
  const file = ownSubjectFile(database);
  const { path } = file;
  // Before the other connection is opened, and what it reads warms caches.
  const counters = connectionStats(file);
  const stats = await native().databaseStats(path, objects, busyTimeoutMs);
  if (stats.error !== undefined) throw nameTheFile(errorFrom(stats.error), path);
  return { path, ...fileStats(stats), connection: counters };
}

function fileStats(stats: NativeDatabaseStats): Omit<DatabaseStats, 'path' | 'connection'> {
  const [pageBytes = 0, pages = 0, freePages = 0, fileBytes = 0, connections = 0] = stats.numbers;
  const [bytes, frames = 0, checkpointedFrames = 0] = stats.wal;
  return {
    fileBytes,
    pageBytes,
    pages,
    freePages,
    autoVacuum: AUTO_VACUUM[stats.autoVacuum] ?? 'none',
    journalMode: stats.journalMode,
    wal: bytes === undefined ? undefined : { bytes, frames, checkpointedFrames },
    readers: stats.readers?.map(snapshotHolder).toSorted((a, b) => b.framesBehind - a.framesBehind),
    connections,
    objects: stats.objects.map(({ name, kind, table, numbers }) => {
      const [objectPages = 0, objectBytes = 0, payloadBytes = 0, unusedBytes = 0] = numbers;
      const type = kind === 'index' ? 'index' : 'table';
      return { name, type, table, pages: objectPages, bytes: objectBytes, payloadBytes, unusedBytes };
    }),
  };
}

function connectionStats({ database, connection }: SubjectFile): ConnectionStats | undefined {
  if (database === undefined || connection === undefined) return undefined;
  const counters = connection.native.connectionStatus(connection.number);
  const [hits = 0, misses = 0, writes = 0, spills = 0, cache = 0, schema = 0, text = 0, all = 0, busy = 0] =
    counters;
  return {
    cacheHits: hits,
    cacheMisses: misses,
    cacheWrites: writes,
    cacheSpills: spills,
    cacheBytes: cache,
    schemaBytes: schema,
    statementBytes: text,
    statements: all,
    busyStatements: busy,
    inTransaction: database.inTransaction,
  };
}
