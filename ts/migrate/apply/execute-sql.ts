/** The statements of a text, one after the other, with an error that says which one it is about. */
import { failedAt } from '../failures';
import { sqlStatements } from '../folder/sql-statements';

/**
 * Executes SQL as it stands: in no transaction but its own.
 *
 * @param name - Of its file, for the error.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` with the line and the statement; `cause` is SQLite's error.
 */
export function executeSql(db: { exec(sql: string): unknown }, name: string, sql: string): void {
  for (const statement of sqlStatements(sql)) {
    try {
      db.exec(statement.sql);
    } catch (cause) {
      throw failedAt(name, statement, cause);
    }
  }
}
