/** `Migrator`: what users call. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBackup, removeOldBackups, restoreBackup } from './backup';
import { compare, refuseProblems, type Comparison, type MigrationProblem } from './compare';
import { failed } from './failures';
import { writeBack } from './hand-back';
import { newMigration, type MigrationLanguage } from './new-file';
import { checkOptions, type MigrationTool, type MigratorOptions, type Settings } from './options';
import { planOf, type MigrationPlan } from './plan';
import { announce } from './progress';
import type { Migration } from './read';
import { rehearse, removeStaleCopies, sizeOf } from './rehearsal';
import { schemaChanges, schemaOf, type SchemaChange, type SchemaObject } from './schema';
import { checkSubject, known, ownTables, withSession, type MigrationSubject, type Session } from './session';
import type { AppliedMigration } from './state';
import { find, isCurrent, keepSchema, load, prepare, run, type Prepared } from './work';

/** What is there and what is not. */
export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
  /** Why the pending ones would be refused. */
  readonly problems: readonly MigrationProblem[];
  /** The tool whose table says what was applied, until it is taken over by the next call that writes. */
  readonly adopts: string | undefined;
}

/** One migration that was applied or undone. */
export interface MigrationRun {
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
}

/** What a call has done. */
export interface MigrationResult {
  readonly runs: readonly MigrationRun[];
  /** The tool whose table was taken over. */
  readonly adopted: string | undefined;
  /** The copy that was made before. */
  readonly backup: string | undefined;
}

/** Whether the database is what the migrations have made. */
export interface VerifyResult {
  readonly ok: boolean;
  readonly problems: readonly MigrationProblem[];
  /** What was changed besides migrations; undefined where the schema was never recorded. */
  readonly drift: readonly SchemaChange[] | undefined;
}

/** What {@link Migrator.handBack} has done. */
export interface HandBackResult {
  readonly tool: MigrationTool;
  /** Migrations that its table had not. */
  readonly written: readonly string[];
}

/** What {@link Migrator.repair} has done. */
export interface RepairResult {
  /** Migrations whose file is taken for what was applied. */
  readonly accepted: readonly string[];
  /** Migrations that are not in the folder, and of which nothing is known any more. */
  readonly forgotten: readonly string[];
}

/** The migrations of a folder and a database. Opens and holds nothing between two calls. */
export class Migrator {
  readonly #subject: MigrationSubject;
  readonly #folder: string;
  readonly #settings: Settings;

  /**
   * @param database - A connection, which is used itself; a pool or a path, for which a connection is opened each time.
   * @param folder - Where the migrations are.
   */
  constructor(database: MigrationSubject, folder: string | URL, options?: MigratorOptions) {
    checkSubject(database);
    this.#subject = database;
    this.#folder = folderOf(folder);
    this.#settings = checkOptions(options);
  }

  /** Says what was applied and what is to be. Writes nothing. */
  status(): Promise<MigrationStatus> {
    return this.#read((session) => {
      const { applied, from } = known(session);
      return { ...compare(session.migrations, applied, session.settings), adopts: from };
    });
  }

  /**
   * Says what `up()` would do, and tries it on a copy. Writes nothing.
   *
   * @param options - `rehearse: false`: without the copy.
   */
  plan(options: { readonly rehearse?: boolean | undefined } = {}): Promise<MigrationPlan> {
    return this.#read((session) => planOf(session, options.rehearse !== false));
  }

  /**
   * Applies all that are pending, each in a transaction of its own.
   *
   * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` and those of problems. Those before have stayed applied, the one that
   *   failed has left nothing.
   */
  async up(): Promise<MigrationResult> {
    // Most calls find nothing to do, and write nothing then: no lock, and a disk may be read-only.
    if (await this.#read(isCurrent)) return { runs: [], adopted: undefined, backup: undefined };
    return this.#write((session) => this.#up(session, () => true));
  }

  /**
   * Brings the database to a migration: applies those up to it, or undoes those behind it.
   *
   * @param target - Its name or version; `0` undoes all.
   */
  to(target: string | number): Promise<MigrationResult> {
    return this.#write(async (session) => {
      const versioned = session.migrations.filter(({ version }) => version !== undefined);
      const end = String(target) === '0' ? -1 : versioned.indexOf(find(session, target));
      const behind = new Set(versioned.slice(end + 1).map(({ name }) => name));
      const adopted = await prepare(session);
      const later = this.#compare(session).applied.filter(({ name }) => behind.has(name)).length;
      const undone = later === 0 ? [] : (await this.#down(session, later)).runs;
      const { runs, backup } = await this.#up(
        session,
        ({ name, version }) => version !== undefined && !behind.has(name),
      );
      return { runs: [...undone, ...runs], adopted, backup };
    });
  }

  /**
   * Undoes the last ones.
   *
   * @param count - How many. Default 1.
   * @throws {FerroliteError} `FERROLITE_MIGRATION_NO_DOWN`, before anything is done, if one of them cannot be undone.
   */
  down(count = 1): Promise<MigrationResult> {
    if (!Number.isInteger(count) || count < 1) {
      return Promise.reject(new TypeError('Expected first argument to be a positive integer'));
    }
    return this.#write((session) => this.#down(session, count));
  }

  /**
   * Takes migrations for applied, without executing them: those up to `target`, or all.
   *
   * @returns The names of those that were recorded.
   */
  baseline(target?: string | number): Promise<string[]> {
    return this.#write(async (session) => {
      const { migrations, state, db, deadline } = session;
      const end = target === undefined ? migrations.length - 1 : migrations.indexOf(find(session, target));
      await prepare(session);
      await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
      try {
        const names = new Set(state.rows().map(({ name }) => name));
        const missing = migrations.slice(0, end + 1).filter(({ name }) => !names.has(name));
        for (const migration of missing) state.record(migration, { origin: 'baseline' });
        if (missing.length > 0) keepSchema(session);
        db.exec('COMMIT');
        return missing.map(({ name }) => name);
      } finally {
        if (db.inTransaction) db.exec('ROLLBACK');
      }
    });
  }

  /** Compares the files with what was applied, and the schema with what the last migration has left. Writes nothing. */
  verify(): Promise<VerifyResult> {
    return this.#read((session) => {
      const { problems } = compare(session.migrations, known(session).applied, session.settings);
      const kept = session.state.lastSchema();
      const before = kept === undefined ? undefined : (JSON.parse(kept) as SchemaObject[]);
      const drift = before && schemaChanges(before, schemaOf(session.db, ownTables(session)));
      return { ok: problems.length === 0 && (drift?.length ?? 0) === 0, problems, drift };
    });
  }

  /**
   * Accepts files that were changed after they were applied, and the schema as it is.
   *
   * @param options - `forgetMissing`: also forget what is not in the folder any more. Default false.
   */
  repair(options: { readonly forgetMissing?: boolean | undefined } = {}): Promise<RepairResult> {
    return this.#write(async (session) => {
      const { migrations, state, db, deadline } = session;
      await prepare(session);
      await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
      try {
        const rows = state.rows();
        const accepted: string[] = [];
        const forgotten: string[] = [];
        for (const row of rows) {
          const migration = migrations.find(({ name }) => name === row.name);
          if (migration === undefined && options.forgetMissing === true) {
            state.forget(row.name);
            forgotten.push(row.name);
          } else if (migration?.version !== undefined && migration.checksum !== row.checksum) {
            state.accept(migration);
            accepted.push(row.name);
          }
        }
        if (rows.length > forgotten.length) keepSchema(session);
        db.exec('COMMIT');
        return { accepted, forgotten };
      } finally {
        if (db.inTransaction) db.exec('ROLLBACK');
      }
    });
  }

  /**
   * Goes back to the tool whose table was taken over: writes what was applied since into it, and drops the own table.
   *
   * @throws {FerroliteError} `FERROLITE_MIGRATION_ADOPT` if none was taken over.
   */
  handBack(): Promise<HandBackResult> {
    return this.#write(async (session) => {
      const { migrations, state, db, deadline } = session;
      await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
      try {
        const rows = new Map(this.#compare(session).applied.map((row) => [row.name, row]));
        const half = [...rows.values()].find(({ stepsDone }) => stepsDone !== undefined);
        if (half !== undefined) throw failed(half.name, 'it was interrupted: finish it with up() first');
        const applied = migrations.flatMap((migration) => {
          const row = rows.get(migration.name);
          return row === undefined ? [] : [{ migration, origin: row.origin }];
        });
        const result = writeBack(db, applied);
        state.drop();
        db.exec('COMMIT');
        return result;
      } finally {
        if (db.inTransaction) db.exec('ROLLBACK');
      }
    });
  }

  /**
   * Writes an empty migration into the folder, in the form that the others have.
   *
   * @returns The paths of its files.
   */
  new(name: string, language: MigrationLanguage = 'sql'): string[] {
    if (typeof name !== 'string') throw new TypeError('Expected first argument to be a name with letters');
    if (!['sql', 'ts', 'js'].includes(language)) {
      throw new TypeError("Expected second argument to be 'sql', 'ts' or 'js'");
    }
    return newMigration(this.#folder, name, language);
  }

  #read<T>(work: (session: Session) => T | Promise<T>): Promise<T> {
    return withSession(this.#subject, this.#folder, this.#settings, false, work);
  }

  #write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return withSession(this.#subject, this.#folder, this.#settings, true, work);
  }

  #compare(session: Session): Comparison {
    const comparison = compare(session.migrations, session.state.rows(), session.settings);
    refuseProblems(comparison.problems);
    return comparison;
  }

  async #up(session: Session, isWanted: (migration: Migration) => boolean): Promise<MigrationResult> {
    const adopted = await prepare(session);
    const all = new Map<string, Prepared>();
    for (const migration of this.#compare(session).pending.filter(isWanted)) {
      all.set(migration.name, await load(migration, 'up'));
    }
    const [first] = all.keys();
    if (first === undefined) return { runs: [], adopted, backup: undefined };
    const { path, settings } = session;
    if (path !== undefined) removeStaleCopies(path);
    await rehearseBefore(session, [...all.values()]);
    const total = all.size;
    if (settings.backup !== undefined)
      await announce(settings, { stage: 'backup', name: first, done: 0, total });
    const backup = settings.backup && (await makeBackup(session, fileOf(path), settings.backup, first));
    const runs: MigrationRun[] = [];
    try {
      for (;;) {
        const next = await this.#upOnce(session, all, isWanted, runs.length);
        if (next === undefined) break;
        if (next !== 'overtaken') runs.push(next);
      }
    } catch (error) {
      if (backup === undefined || settings.backup?.restore !== true) throw error;
      throw await restoreBackup(session, fileOf(path), backup, error);
    }
    if (settings.backup !== undefined) removeOldBackups(fileOf(path), settings.backup);
    return { runs, adopted, backup: backup?.path };
  }

  /** Applies the next one; undefined when there is none. */
  async #upOnce(
    session: Session,
    all: ReadonlyMap<string, Prepared>,
    isWanted: (migration: Migration) => boolean,
    done: number,
  ): Promise<MigrationRun | 'overtaken' | undefined> {
    const token = session.state.token();
    const { pending, applied } = this.#compare(session);
    const migration = pending.find(isWanted);
    if (migration === undefined) return undefined;
    const { name } = migration;
    const { stepsDone = 0 } = applied.find((row) => row.name === name) ?? {};
    await announce(session.settings, { stage: 'up', name, done, total: all.size });
    const durationMs = await run(
      session,
      all.get(name) ?? (await load(migration, 'up')),
      'up',
      token,
      stepsDone,
    );
    return durationMs === undefined ? 'overtaken' : { name, direction: 'up', durationMs };
  }

  async #down(session: Session, count: number): Promise<MigrationResult> {
    const adopted = await prepare(session);
    const { migrations, state } = session;
    const runs: MigrationRun[] = [];
    const rows = new Set(state.rows().map(({ name }) => name));
    const targets = migrations
      .filter(({ name, version }) => version !== undefined && rows.has(name))
      .slice(-count);
    const all: Prepared[] = [];
    for (const migration of targets.toReversed()) all.push(await load(migration, 'down'));
    for (const prepared of all) {
      const token = state.token();
      const { name } = prepared.migration;
      const row = state.rows().find((each) => each.name === name);
      if (row === undefined) continue;
      if (row.stepsDone !== undefined && row.origin !== 'down') {
        throw failed(
          name,
          'it was interrupted while it was applied, and cannot be undone before up() has finished it',
        );
      }
      await announce(session.settings, { stage: 'down', name, done: runs.length, total: all.length });
      const durationMs = await run(session, prepared, 'down', token, row.stepsDone ?? 0);
      if (durationMs !== undefined) runs.push({ name, direction: 'down', durationMs });
    }
    return { runs, adopted, backup: undefined };
  }
}

/**
 * Applies the pending migrations of a folder.
 *
 * @param database - A connection, a pool, or a path, of a file that may not exist yet.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` and others: see `docs/errors.md`.
 *
 * @example
 * await runMigrations('data/app.db', 'migrations');
 */
export async function runMigrations(
  database: MigrationSubject,
  folder: string | URL,
  options?: MigratorOptions,
): Promise<MigrationResult> {
  return new Migrator(database, folder, options).up();
}

/** @throws {TypeError} for what is no path. */
export function folderOf(folder: unknown): string {
  if (folder instanceof URL) return fileURLToPath(folder);
  if (typeof folder === 'string' && folder !== '') return resolve(folder);
  throw new TypeError('Expected second argument to be the path or the file: URL of a folder');
}

/** Finds out with a copy what the migrations do. @throws What one of them fails with. */
async function rehearseBefore(session: Session, pending: readonly Prepared[]): Promise<void> {
  const { db, settings } = session;
  const isWanted = settings.rehearse === 'auto' ? sizeOf(db) <= settings.rehearseMaxBytes : settings.rehearse;
  if (!isWanted) return;
  const { error } = await rehearse(session, pending);
  if (error !== undefined) throw error;
}

function fileOf(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new TypeError(
    'A database in memory cannot be copied before migrations: leave the "backup" option out',
  );
}
