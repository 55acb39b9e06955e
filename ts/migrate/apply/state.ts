/** The table in the database that says which migrations were applied. */
import { quoted, type Database } from '../../core';
import { FerroliteError } from '../../errors';
import type { Migration } from '../folder/read';

/** A migration that the database knows. */
export interface AppliedMigration {
  readonly name: string;
  readonly version: string | undefined;
  readonly checksum: string;
  /** UTC, in ISO 8601. */
  readonly appliedAt: string;
  readonly durationMs: number;
  /** `applied`; or recorded without being executed: `baseline`, or the tool whose table said so. */
  readonly origin: string;
  /** What was executed, for saying what was changed since. */
  readonly text: string;
  /** The steps of one that is not one transaction and was interrupted; undefined for a finished one. */
  readonly stepsDone: number | undefined;
  /** The fingerprint of the schema afterwards. */
  readonly fingerprint: string | undefined;
}

export const DEFAULT_TABLE = '_ferrolite_migrations';

/** The table of one database. */
export class State {
  readonly #db: Database;
  readonly table: string;
  readonly #sql: string;

  constructor(db: Database, table: string) {
    this.#db = db;
    this.table = table;
    this.#sql = quoted(table);
  }

  /** @throws {FerroliteError} `FERROLITE_MIGRATION_NAME` if there is another table of this name. */
  get exists(): boolean {
    const columns = this.#db.prepare("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(this.table);
    if (
      columns.length > 0 &&
      !['checksum', 'steps_done', 'fingerprint'].every((name) => columns.includes(name))
    ) {
      throw new FerroliteError(
        `The table "${this.table}" is not one of this migrator: choose another name with the "table" option`,
        'FERROLITE_MIGRATION_NAME',
      );
    }
    return columns.length > 0;
  }

  /** In the order in which they were recorded. */
  rows(): AppliedMigration[] {
    if (!this.exists) return [];
    const rows = this.#db.prepare(`SELECT * FROM main.${this.#sql} ORDER BY id`).safeIntegers(false).all();
    return (rows as Record<string, unknown>[]).map((row) => ({
      name: row['name'] as string,
      version: (row['version'] as string | null) ?? undefined,
      checksum: row['checksum'] as string,
      appliedAt: row['applied_at'] as string,
      durationMs: row['duration_ms'] as number,
      origin: row['origin'] as string,
      text: row['text'] as string,
      stepsDone: (row['steps_done'] as number | null) ?? undefined,
      fingerprint: (row['fingerprint'] as string | null) ?? undefined,
    }));
  }

  /** Changes whenever anything is recorded. */
  token(): string {
    if (!this.exists) return '';
    const sql = `SELECT coalesce(group_concat(id || ' ' || checksum || ' ' || coalesce(steps_done, ''), ','), 'none')
      FROM (SELECT * FROM main.${this.#sql} ORDER BY id)`;
    return this.#db.prepare(sql).pluck().get() as string;
  }

  create(): void {
    this.#db.exec(`CREATE TABLE IF NOT EXISTS main.${this.#sql} (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      version TEXT,
      checksum TEXT NOT NULL,
      applied_at TEXT NOT NULL,
      duration_ms REAL NOT NULL,
      origin TEXT NOT NULL,
      text TEXT NOT NULL,
      steps_done INTEGER,
      fingerprint TEXT,
      schema TEXT
    )`);
  }

  /** Records a migration in place of what was recorded of it. */
  record(
    { name, version, checksum, text }: Pick<Migration, 'name' | 'version' | 'checksum' | 'text'>,
    { durationMs = 0, origin = 'applied', stepsDone, fingerprint, schema, appliedAt }: Partial<Recorded> = {},
  ): void {
    this.create();
    this.forget(name);
    if (schema !== undefined)
      this.#db.exec(`UPDATE main.${this.#sql} SET schema = NULL WHERE schema IS NOT NULL`);
    this.#db
      .prepare(
        `INSERT INTO main.${this.#sql} (name, version, checksum, applied_at, duration_ms, origin, text, steps_done, fingerprint, schema)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        name,
        version ?? null,
        checksum,
        appliedAt ?? new Date().toISOString(),
        durationMs,
        origin,
        text,
        stepsDone ?? null,
        fingerprint ?? null,
        schema ?? null,
      );
  }

  /** Says how the schema is from here on, where no migration is recorded with it. */
  keepSchema(fingerprint: string, schema: string): void {
    this.#db.exec(`UPDATE main.${this.#sql} SET schema = NULL WHERE schema IS NOT NULL`);
    this.#db
      .prepare(
        `UPDATE main.${this.#sql} SET fingerprint = ?, schema = ? WHERE id = (SELECT max(id) FROM main.${this.#sql})`,
      )
      .run(fingerprint, schema);
  }

  /** The schema that the last one has left, in the form of `schemaOf()`. */
  lastSchema(): string | undefined {
    if (!this.exists) return undefined;
    const sql = `SELECT schema FROM main.${this.#sql} WHERE schema IS NOT NULL ORDER BY id DESC LIMIT 1`;
    return this.#db.prepare(sql).pluck().get() as string | undefined;
  }

  /** Takes the file of an applied migration as it is. */
  accept({ name, checksum, text }: Pick<Migration, 'name' | 'checksum' | 'text'>): void {
    this.#db
      .prepare(`UPDATE main.${this.#sql} SET checksum = ?, text = ? WHERE name = ?`)
      .run(checksum, text, name);
  }

  forget(name: string): void {
    this.#db.prepare(`DELETE FROM main.${this.#sql} WHERE name = ?`).run(name);
  }

  drop(): void {
    this.#db.exec(`DROP TABLE main.${this.#sql}`);
  }
}

interface Recorded {
  readonly durationMs: number;
  readonly origin: string;
  readonly stepsDone: number | undefined;
  readonly fingerprint: string;
  readonly schema: string;
  readonly appliedAt: string;
}
