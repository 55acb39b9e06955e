/** The addon's functions. `src/addon/` documents them. */

export interface NativeError {
  /** One of the numbers of `Kind` in `src/error.rs`. */
  kind: number;
  /** SQLite's symbolic extended code. */
  code: string;
  /** SQLite's extended code. */
  errcode: number;
  message: string;
  /** Byte offset into the SQL text. */
  offset?: number;
}

export interface NativeCheckpoint {
  busy: boolean;
  walFrames: number;
  checkpointedFrames: number;
  error?: NativeError;
}

export interface NativeCheckpointerOptions {
  path: string;
  pollMs: number;
  passiveFrames: number;
  passiveIntervalMs: number;
  truncateBytes: number;
  maxBytes: number;
  idleMs: number;
  idleTruncateBytes: number;
  busyTimeoutMs: number;
  snapshotAgeMs: number;
}

export interface NativeLog {
  frames: number;
  copied: number;
  bytes: number;
}

export interface NativeCheckpointed {
  truncates: boolean;
  busy: boolean;
  walFrames: number;
  checkpointedFrames: number;
  walBytes: number;
  durationMs: number;
  at: number;
}

export interface NativeHolder {
  /** 0 for this process, -1 where the system does not tell. */
  pid: number;
  thread?: string;
  isOwn: boolean;
  inTransaction: boolean;
  statements: string[];
  framesBehind: number;
  /** -1 while it holds nothing. */
  heldMs: number;
}

export interface NativeCheckpointerEvent {
  kind: string;
  checkpoint?: NativeCheckpointed;
  log?: NativeLog;
  holders: NativeHolder[];
  error?: NativeError;
}

export interface NativeCheckpointerStats {
  log: NativeLog;
  peakBytes: number;
  holders: NativeHolder[];
  steppedBack: boolean;
  /** Passive, truncated, busy, failed. */
  counts: number[];
  last?: NativeCheckpointed;
}

/** How locks are held: 0 by nobody, 1 shared, 2 exclusively, -1 where the system does not tell. */
export interface NativeLock {
  /** How the engine believes that this process has it. */
  believed: number;
  /** 1 where the system does not know of that, -1 where it does not tell. */
  lost: number;
  /** How another process has it, of several one. */
  other: number;
  /** That process; 0 where the system hides its number. */
  pid: number;
}

export interface NativeLocks {
  /** Of this process; with 0 the rest means nothing. */
  connections: number;
  /** The highest of SQLite's levels that one of them has: 0 NONE to 4 EXCLUSIVE. */
  level: number;
  hasShm: boolean;
  /** Negative when this process does not have the write lock. */
  writeSinceMs: number;
  /** PENDING, RESERVED, SHARED; WRITE, CKPT, RECOVER, READ0 to READ4, DMS. */
  locks: NativeLock[];
}

export interface NativeForeignDescriptor {
  fd: number;
  isShm: boolean;
  /** A descriptor of the engine's, of the database file; -1 without. */
  own: number;
}

export interface NativeConnectionLocks {
  level: number;
  /** A bit for each lock of the log's index, WRITE first. */
  shared: number;
  exclusive: number;
  /** Those that stand on a row or are being executed. */
  statements: string[];
}

export interface NativeObjectStats {
  name: string;
  kind: string;
  table: string;
  /** Pages, their bytes, those of content, those that hold nothing. */
  numbers: number[];
}

export interface NativeDatabaseStats {
  /** Bytes of a page, pages, free pages, bytes of the file, connections of this process. */
  numbers: number[];
  journalMode: string;
  autoVacuum: number;
  /** Bytes, frames, those in the file; empty without a log. */
  wal: number[];
  readers?: NativeHolder[];
  objects: NativeObjectStats[];
  error?: NativeError;
}

export interface NativeFunctionOptions {
  name: string;
  /** -1 for any number. */
  arguments: number;
  deterministic: boolean;
  directOnly: boolean;
  safeIntegers: boolean;
}

export interface NativePoolOptions {
  path: string;
  /** As for `openDatabase`. */
  mode: number;
  busyTimeoutMs: number;
  /** Name and value, alternately. */
  firstPragmas: string[];
  journalMode?: string;
  /** Name and value, alternately. */
  pragmas: string[];
  readers: number;
  /** A reader that had nothing to do for so many milliseconds ends. Missing: none does. */
  readerIdleMs?: number;
}

export interface NativeBinding {
  formatVersion(): number;
  packageVersion(): string;
  sharedBuffer(): ArrayBuffer;
  parameterBuffer(): ArrayBuffer;
  takeError(): NativeError | null;
  openDatabase(path: string, mode: number, uri: boolean, busyTimeoutMs: number): number;
  openImage(image: Uint8Array, readonly: boolean, busyTimeoutMs: number): number;
  descriptorFault(database: number, journal: number, readonly: boolean): number;
  openDescriptors(
    database: number,
    journal: number,
    mode: number,
    uri: boolean,
    busyTimeoutMs: number,
  ): number;
  closeDatabase(database: number): number;
  releaseDatabase(database: number): number;
  setDefensive(database: number, on: boolean): number;
  loadExtension(database: number, path: string, entryPoint?: string): number;
  setLog(database: number, log: (sql: string) => void): number;
  createFunction(
    database: number,
    options: NativeFunctionOptions,
    call: (...args: unknown[]) => unknown,
  ): number;
  createAggregate(
    database: number,
    options: NativeFunctionOptions,
    start: () => object,
    step: (group: never, ...args: unknown[]) => void,
    inverse: ((group: never, ...args: unknown[]) => void) | undefined,
    result: (group: never) => unknown,
  ): number;
  createModule(
    database: number,
    name: string,
    number: number,
    eponymous: boolean,
    connect: (released: readonly number[], ...names: string[]) => readonly unknown[],
    open: (table: number, ...parameters: unknown[]) => object,
    next: (iteration: never) => readonly unknown[] | undefined,
    close: (iteration: never) => void,
  ): number;
  takeEndedModules(database: number): number[];
  endWithThread(database: number): void;
  defineGivenRows(database: number): number;
  inTransaction(database: number): boolean;
  hasMoved(database: number): boolean;
  executeAll(database: number, sql: string): number;
  startBackup(database: number, schema: string, path: string, uri: boolean): number;
  stepBackup(backup: number, pages: number): number;
  backupTotalPages(backup: number): number;
  backupRemainingPages(backup: number): number;
  releaseBackup(backup: number): void;
  busyTimeout(database: number): number;
  serialize(database: number, schema: string, target: Uint8Array): number;
  columnNames(statement: number): string | null;
  columnTables(statement: number): (string | null)[] | null;
  expandedSql(statement: number): string | null;
  /** Five for each column: name, column, table, database, type. */
  columns(statement: number): (string | null)[] | null;
  releaseStatement(statement: number): void;
  openPool(options: NativePoolOptions, wake: () => void): number;
  /** A function of a pool: an expression whose parameters are its arguments, or one that an event asks for by its number. */
  defineFunction(pool: number, options: NativeFunctionOptions, number: number, sql?: string): number;
  cancelJob(pool: number, job: number): void;
  creditJob(pool: number, job: number): void;
  /** Waiting, running, readers, idle, held, threads, groups, grouped, replaced. */
  poolCounts(pool: number): number[];
  /** Whether the file of a pool was deleted, or another one has taken its name. */
  poolHasLostFile(pool: number): boolean;
  closePool(pool: number): void;
  releasePool(pool: number): void;
  execute(...values: unknown[]): string | unknown[] | undefined;
  /** Null on systems that do not tell. */
  lockState(path: string): NativeLocks | null;
  lostFiles(): number[];
  foreignDescriptors(): NativeForeignDescriptor[] | null;
  connectionLocks(database: number, path: string): NativeConnectionLocks | null;
  claimLockGuard(): boolean;
  claimLockWarning(warning: number): boolean;
  removeLeftoverLog(path: string, readonly: boolean): number;
  startCheckpointer(options: NativeCheckpointerOptions, wake: () => void): number;
  takeCheckpointerEvents(checkpointer: number): NativeCheckpointerEvent[];
  checkpointerStats(checkpointer: number): NativeCheckpointerStats | null;
  stopCheckpointer(checkpointer: number): Promise<void>;
  releaseCheckpointer(checkpointer: number): void;
  databaseStats(path: string, objects: number, busyTimeoutMs: number): Promise<NativeDatabaseStats>;
  /** Hits, misses, writes, spills, bytes of cache, schema and statements, statements, busy ones. */
  connectionStatus(database: number): number[];
  mainFile(database: number): string | null;
  libraryId(): string;
  checkpoint(path: string, mode: string, busyTimeoutMs: number): Promise<NativeCheckpoint>;
}

declare const binding: NativeBinding;
export { binding as default };
