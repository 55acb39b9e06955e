/** `Migrator`: what users call. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyAll, type Applied } from './apply/apply';
import type { MigrationProblem } from './apply/compare';
import { changeOf, driftOf, type SchemaDrift } from './schema/drift';
import { failed } from './failures';
import { writeBack } from './adopt/hand-back';
import { newMigration, type MigrationLanguage } from './folder/new-file';
import { checkOptions, type MigrationTool, type MigratorOptions, type Settings } from './options';
import { acceptDefined, acceptSchema } from './schema/known-schema';
import { booleanOption, known } from '../options';
import { planOf, type MigrationPlan } from './apply/plan';
import type { Migration } from './folder/read';
import type { SchemaChange } from './schema/schema';
import { checkSubject, atomically, withSession, type MigrationSubject, type Session } from './apply/session';
import type { AppliedMigration } from './apply/state';
import { find, inspect, inspected, isCurrent, prepare, refuseDrift } from './apply/work';

/** What is there and what is not. */
export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly Migration[];
  /** Why the pending ones would be refused. */
  readonly problems: readonly MigrationProblem[];
  /** The tool whose table says what was applied, until it is taken over by the next call that writes. */
  readonly adopts: string | undefined;
  /** As in {@link VerifyResult}. */
  readonly drift: readonly SchemaDrift[] | undefined;
  readonly notices: readonly SchemaChange[];
}

/** What a call has done. */
export interface MigrationResult extends Applied {
  /** The tool whose table was taken over. */
  readonly adopted: string | undefined;
}

/** Whether the database is what the migrations have made. */
export interface VerifyResult {
  readonly ok: boolean;
  readonly problems: readonly MigrationProblem[];
  /** What migrations have made and others have changed or removed; undefined where the schema was never recorded. */
  readonly drift: readonly SchemaDrift[] | undefined;
  /** What others have added, changed or removed that no migration has made, and what `allowDrift` allows: it stops nothing. */
  readonly notices: readonly SchemaChange[];
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
  /** What of the schema is taken for what migrations have left. */
  readonly schema: readonly SchemaChange[];
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
    return this.#read(inspect);
  }

  /**
   * Says what `up()` would do, and tries it on a copy. Writes nothing.
   *
   * @param options - `rehearse: false`: without the copy.
   */
  async plan(options: { readonly rehearse?: boolean | undefined } = {}): Promise<MigrationPlan> {
    const isRehearsed = flagOf(options, 'rehearse', true);
    return this.#read((session) => planOf(session, isRehearsed));
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
    return this.#write(async (session) => {
      const adopted = await prepare(session);
      refuseDrift(session);
      return { ...(await applyAll(session, [], () => true)), adopted };
    });
  }

  /**
   * Brings the database to a migration: applies those up to it, or undoes those behind it.
   *
   * @param target - Its name or version; `0` undoes all.
   */
  async to(target: string | number): Promise<MigrationResult> {
    checkTarget(target);
    return this.#write(async (session) => {
      const versioned = session.migrations.filter(({ version }) => version !== undefined);
      const end = String(target) === '0' ? -1 : versioned.indexOf(find(session, target));
      const behind = new Set(versioned.slice(end + 1).map(({ name }) => name));
      const adopted = await prepare(session);
      refuseDrift(session);
      const undone = lastApplied(session, Infinity).filter(({ name }) => behind.has(name));
      const isWanted = ({ name, version }: Migration): boolean => version !== undefined && !behind.has(name);
      return { ...(await applyAll(session, undone, isWanted)), adopted };
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
    return this.#write(async (session) => {
      const adopted = await prepare(session);
      refuseDrift(session);
      return { ...(await applyAll(session, lastApplied(session, count))), adopted };
    });
  }

  /**
   * Takes migrations for applied, without executing them: those up to `target`, or all.
   *
   * @returns The names of those that were recorded.
   */
  async baseline(target?: string | number): Promise<string[]> {
    if (target !== undefined) checkTarget(target);
    return this.#write(async (session) => {
      const { migrations, state } = session;
      const end = target === undefined ? migrations.length - 1 : migrations.indexOf(find(session, target));
      await prepare(session);
      return atomically(session, () => {
        const names = new Set(state.rows().map(({ name }) => name));
        const missing = migrations.slice(0, end + 1).filter(({ name }) => !names.has(name));
        for (const migration of missing) state.record(migration, { origin: 'baseline' });
        if (missing.length > 0) acceptDefined(session, new Set(missing.map(({ name }) => name)));
        return missing.map(({ name }) => name);
      });
    });
  }

  /** Compares the files with what was applied, and the schema with what the last migration has left. Writes nothing. */
  verify(): Promise<VerifyResult> {
    return this.#read((session) => {
      const { problems, drift, notices } = inspect(session);
      return { ok: problems.length === 0, problems, drift, notices };
    });
  }

  /**
   * Accepts files that were changed after they were applied, and the schema as it is.
   *
   * @param options - `forgetMissing`: also forget what is not in the folder any more. Default false.
   */
  async repair(options: { readonly forgetMissing?: boolean | undefined } = {}): Promise<RepairResult> {
    const forgetsMissing = flagOf(options, 'forgetMissing', false);
    return this.#write(async (session) => {
      const { migrations, state } = session;
      await prepare(session);
      return atomically(session, () => {
        const rows = state.rows();
        const { drift = [], notices } = driftOf(session);
        const accepted: string[] = [];
        const forgotten: string[] = [];
        for (const row of rows) {
          const migration = migrations.find(({ name }) => name === row.name);
          if (migration === undefined && forgetsMissing) {
            state.forget(row.name);
            forgotten.push(row.name);
          } else if (migration?.version !== undefined && migration.checksum !== row.checksum) {
            state.accept(migration);
            accepted.push(row.name);
          }
        }
        if (rows.length > forgotten.length) acceptSchema(session);
        return { accepted, forgotten, schema: [...drift.map(changeOf), ...notices] };
      });
    });
  }

  /**
   * Goes back to the tool whose table was taken over: writes what was applied since into it, and drops the own table.
   *
   * @throws {FerroliteError} `FERROLITE_MIGRATION_ADOPT` if none was taken over.
   */
  handBack(): Promise<HandBackResult> {
    return this.#write((session) =>
      atomically(session, () => {
        const { migrations, state, db } = session;
        const rows = new Map(inspected(session).applied.map((row) => [row.name, row]));
        const half = [...rows.values()].find(({ stepsDone }) => stepsDone !== undefined);
        if (half !== undefined) throw failed(half.name, 'it was interrupted: finish it with up() first');
        const applied = migrations.flatMap((migration) => {
          const row = rows.get(migration.name);
          return row === undefined ? [] : [{ migration, origin: row.origin }];
        });
        const result = writeBack(db, applied);
        state.drop();
        return result;
      }),
    );
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
}

/** @throws {TypeError} for what names no migration. */
function checkTarget(target: unknown): void {
  if (typeof target === 'string' || Number.isSafeInteger(target)) return;
  throw new TypeError('Expected first argument to be the name or version of a migration');
}

/** The only option of a call. */
function flagOf(options: unknown, name: string, standard: boolean): boolean {
  const given = known(options, [name]) as Readonly<Record<string, unknown>>;
  return given[name] === undefined ? standard : booleanOption(given, name);
}

/** The last ones that were applied and can be undone, the last one first. */
function lastApplied({ migrations, state }: Session, count: number): Migration[] {
  const rows = new Set(state.rows().map(({ name }) => name));
  return migrations
    .filter(({ name, version }) => version !== undefined && rows.has(name))
    .slice(-count)
    .toReversed();
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
  if (folder instanceof URL || (typeof folder === 'string' && folder.startsWith('file:'))) {
    return fileURLToPath(folder);
  }
  if (typeof folder === 'string' && folder !== '') return resolve(folder);
  throw new TypeError('Expected second argument to be the path or the file: URL of a folder');
}
