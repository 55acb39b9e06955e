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

export interface NativeStatement {
  /** -1 when an error waits to be taken. */
  number: number;
  columns: number;
  readonly: boolean;
  parameters: number;
  /** With prefixes; null for a plain `?`; absent when no parameter has a name. */
  parameterNames?: (string | null)[];
}

export interface NativeColumn {
  name: string;
  column: string | null;
  table: string | null;
  database: string | null;
  type: string | null;
}

export interface NativeCheckpoint {
  busy: boolean;
  walFrames: number;
  checkpointedFrames: number;
  error?: NativeError;
}

export interface NativeBinding {
  formatVersion(): number;
  sharedBuffer(): ArrayBuffer;
  parameterBuffer(slots: number): ArrayBuffer;
  takeError(): NativeError | null;
  openDatabase(path: string, mode: number, uri: boolean, busyTimeoutMs: number): number;
  openImage(image: Uint8Array, readonly: boolean, busyTimeoutMs: number): number;
  closeDatabase(database: number): number;
  releaseDatabase(database: number): number;
  inTransaction(database: number): boolean;
  executeAll(database: number, sql: string): number;
  serialize(database: number, schema: string, target: Uint8Array): number;
  prepare(database: number, sql: string): NativeStatement;
  columnNames(statement: number): string | null;
  columns(statement: number): NativeColumn[] | null;
  releaseStatement(statement: number): void;
  execute(...values: unknown[]): string | unknown[] | undefined;
  removeLeftoverLog(path: string, readonly: boolean): number;
  checkpoint(path: string, mode: string, busyTimeoutMs: number): Promise<NativeCheckpoint>;
}

declare const binding: NativeBinding;
export { binding as default };
