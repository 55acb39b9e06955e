/** `Migrator`: what users call. */
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { FerroliteError } from '../errors';
import { compare, refuseProblems, type Comparison, type MigrationProblem } from './compare';
import { execute } from './execute';
import { failed } from './failures';
import { loadModule, type MigrationModule } from './module';
import { compareVersions } from './names';
import { newMigration, type MigrationLanguage } from './new-file';
import { checkOptions, type MigratorOptions, type Settings } from './options';
import type { Migration } from './read';
import { fingerprintOf, schemaChanges, schemaOf, type SchemaChange, type SchemaObject } from './schema';
import { scriptOf, type Script } from './script';
import { checkSubject, known, ownTables, withSession, type MigrationSubject, type Session } from './session';
import type { AppliedMigration } from './state';

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
}

/** Whether the database is what the migrations have made. */
export interface VerifyResult {
  readonly ok: boolean;
  readonly problems: readonly MigrationProblem[];
  /** What was changed besides migrations; undefined where the schema was never recorded. */
  readonly drift: readonly SchemaChange[] | undefined;
}

/** What {@link Migrator.repair} has done. */
export interface RepairResult {
  /** Migrations whose file is taken for what was applied. */
  readonly accepted: readonly string[];
  /** Migrations that are not in the folder, and of which nothing is known any more. */
  readonly forgotten: readonly string[];
}

/** Either SQL or functions. */
interface Prepared {
  readonly migration: Migration;
  readonly script: Script | undefined;
  readonly module: MigrationModule | undefined;
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
   * Applies all that are pending, each in a transaction of its own.
   *
   * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` and those of problems. Those before have stayed applied, the one that
   *   failed has left nothing.
   */
  up(): Promise<MigrationResult> {
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
      const { runs } = await this.#up(
        session,
        ({ name, version }) => version !== undefined && !behind.has(name),
      );
      return { runs: [...undone, ...runs], adopted };
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
      await deadline.retry('a writer of the database', () => db.exec('BEGIN IMMEDIATE'));
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
      await deadline.retry('a writer of the database', () => db.exec('BEGIN IMMEDIATE'));
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
    const runs: MigrationRun[] = [];
    const all = new Map<string, Prepared>();
    for (const migration of this.#compare(session).pending.filter(isWanted)) {
      all.set(migration.name, await load(migration, 'up'));
    }
    for (;;) {
      const { state } = session;
      const token = state.token();
      const { pending, applied } = this.#compare(session);
      const migration = pending.find(isWanted);
      if (migration === undefined) return { runs, adopted };
      const prepared = all.get(migration.name) ?? (await load(migration, 'up'));
      const { stepsDone = 0 } = applied.find(({ name }) => name === migration.name) ?? {};
      const durationMs = await run(session, prepared, 'up', token, stepsDone);
      if (durationMs !== undefined) runs.push({ name: migration.name, direction: 'up', durationMs });
    }
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
      const durationMs = await run(session, prepared, 'down', token, row.stepsDone ?? 0);
      if (durationMs !== undefined) runs.push({ name, direction: 'down', durationMs });
    }
    return { runs, adopted };
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

function folderOf(folder: unknown): string {
  if (folder instanceof URL) return fileURLToPath(folder);
  if (typeof folder === 'string' && folder !== '') return resolve(folder);
  throw new TypeError('Expected second argument to be the path or the file: URL of a folder');
}

/** A migration by its name, or by its version. */
function find({ migrations }: Session, target: string | number): Migration {
  const text = String(target);
  const isNumber = /^\d+(?:\.\d+)*$/.test(text);
  const found = migrations.find(
    ({ name, version }) =>
      name === text || (isNumber && version !== undefined && compareVersions(version, text) === 0),
  );
  if (found?.version !== undefined) return found;
  throw new FerroliteError(`There is no migration "${text}" in the folder`, 'FERROLITE_NO_MIGRATION');
}

/** Checks whose file it is, and takes the table of another tool over. @returns The tool. */
async function prepare(session: Session): Promise<string | undefined> {
  const { db, state, settings, deadline } = session;
  checkApplication(session);
  if (state.exists || settings.adopt === false) return undefined;
  if (known(session).from === undefined) return undefined;
  await deadline.retry('a writer of the database', () => db.exec('BEGIN IMMEDIATE'));
  try {
    const { applied, from } = known(session);
    for (const { stepsDone: _, origin, appliedAt, ...row } of applied)
      state.record(row, { origin, appliedAt });
    if (from !== undefined) keepSchema(session);
    db.exec('COMMIT');
    return from;
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

/** A file without an id is taken for ours where it is empty or has a table of migrations. */
function checkApplication(session: Session): void {
  const { db, state, settings } = session;
  const { applicationId } = settings;
  if (applicationId === undefined) return;
  const found = db.pragma('application_id', { simple: true }) as number;
  if (found === applicationId) return;
  const isOurs =
    found === 0 && (state.exists || ownTables(session).length > 1 || schemaOf(db, []).length === 0);
  if (!isOurs) {
    throw new FerroliteError(
      `The database is another application's: its application_id is ${found}, and not ${applicationId}`,
      'FERROLITE_OTHER_APPLICATION',
    );
  }
  db.pragma(`application_id = ${applicationId}`);
}

function keepSchema(session: Session): void {
  const objects = schemaOf(session.db, ownTables(session));
  session.state.keepSchema(fingerprintOf(objects), JSON.stringify(objects));
}

async function load(migration: Migration, direction: 'up' | 'down'): Promise<Prepared> {
  const { name } = migration;
  if (migration.up === undefined) {
    const module = await loadModule(migration);
    if (direction === 'down' && module.down === undefined) throw noDown(migration);
    return { migration, script: undefined, module };
  }
  const part = direction === 'up' ? migration.up : migration.down;
  if (part === undefined) throw noDown(migration);
  return { migration, script: scriptOf(name, part.text, part.transaction), module: undefined };
}

const noDown = ({ name }: Migration): FerroliteError =>
  new FerroliteError(
    `The migration "${name}" cannot be undone: it has no way down`,
    'FERROLITE_MIGRATION_NO_DOWN',
  );

function run(
  session: Session,
  { migration, script, module }: Prepared,
  direction: 'up' | 'down',
  token: string,
  stepsDone: number,
): Promise<number | undefined> {
  return execute({
    ...session,
    migration,
    direction,
    script,
    module,
    token,
    stepsDone,
    ownTables: ownTables(session),
    trace: undefined,
  });
}
