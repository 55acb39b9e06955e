/**
 * Many rows at once: into a table, out of a query, from and to files.
 *
 * A statement is given hundreds of rows as three values, of which the addon makes a table (`src/sqlite/given_rows.rs`); so
 * a pool's writer executes the same statement as a connection. What must stay true: a row that is wrong is named by
 * its position, and leaves nothing behind of its transaction.
 */
export { insertMany, insertManySync, type InsertRows } from './insert-many';
export type { BulkProgress, InsertOptions, InsertResult, OnConflict } from './options';
export type { BulkDatabase, BulkPool, BulkTarget, BulkTransaction } from './target';
export { RowError } from './row-error';
export { importCsv, type CsvSource, type ImportCsvOptions } from './import-csv';
export { exportRows, type ExportOptions, type ExportPool } from './export-rows';
