/** The parts that the calls of a `Migrator` are made of. */
import { FerroliteError } from '../../errors';
import { compare, refuseProblems, type Comparison } from './compare';
import { driftOf, type Drift } from '../schema/drift';
import { execute } from './execute';
import { isBusy } from './lock';
import { loadModule, type MigrationModule } from '../folder/module';
import { compareVersions } from '../folder/names';
import type { Migration } from '../folder/read';
import { acceptSchema } from '../schema/known-schema';
import { schemaOf } from '../schema/schema';
import { scriptOf, type Script } from '../folder/script';
import { atOnce, atomically, known, ownTables, type Session } from './session';
import type { SqlStatement } from '../folder/sql-statements';
import { refuseOtherEncodings } from '../folder/unread';

/** Either SQL or functions. */
export interface Prepared {
  readonly migration: Migration;
  readonly script: Script | undefined;
  readonly module: MigrationModule | undefined;
}

/** Something to be done. */
export interface Task {
  readonly prepared: Prepared;
  readonly direction: 'up' | 'down';
}

/** A migration by its name, or by its version. */
export function find({ migrations }: Pick<Session, 'migrations'>, target: string | number): Migration {
  const text = String(target);
  const isNumber = /^\d+(?:\.\d+)*$/.test(text);
  const found = migrations.find(
    ({ name, version }) =>
      name === text || (isNumber && version !== undefined && compareVersions(version, text) === 0),
  );
  if (found?.version !== undefined) return found;
  const versioned = migrations.filter(({ version }) => version !== undefined);
  const [first, last] = [versioned[0], versioned.at(-1)];
  const which =
    last === undefined ? 'none has a version' : `the first is "${first!.name}", the last "${last.name}"`;
  throw new FerroliteError(
    found === undefined
      ? `There is no migration "${text}" in the folder: ${which}`
      : `The migration "${text}" is repeated whenever it has changed, and is no version: ${which}`,
    'FERROLITE_NO_MIGRATION',
  );
}

/** Checks whose file it is, and takes the table of another tool over. @returns The tool. */
export async function prepare(session: Session): Promise<string | undefined> {
  const { state, settings } = session;
  checkApplication(session);
  if (state.exists || settings.adopt === false) return undefined;
  if (known(session).from === undefined) return undefined;
  return atomically(session, () => {
    const { applied, from } = known(session);
    for (const { stepsDone: _, origin, appliedAt, ...row } of applied)
      state.record(row, { origin, appliedAt });
    if (from !== undefined) acceptSchema(session);
    return from;
  });
}

/** What there is, what is not, and what is wrong. */
export interface Inspection extends Comparison, Omit<Drift, 'problem'> {
  /** The tool whose table would be taken over. */
  readonly adopts: string | undefined;
}

/** Looks at everything, and writes nothing. */
export const inspect = (session: Session): Inspection =>
  atOnce(session, () => {
    const { applied, from } = known(session);
    const { problem, ...drift } = driftOf(session);
    const { problems, ...others } = compare(session.migrations, applied, session.settings);
    return {
      ...others,
      problems: problem === undefined ? problems : [...problems, problem],
      adopts: from,
      ...drift,
    };
  });

/** @throws {FerroliteError} unless the files are what was applied. */
export function inspected({ migrations, state, settings }: Session): Comparison {
  const comparison = compare(migrations, state.rows(), settings);
  refuseProblems(comparison.problems);
  return comparison;
}

/** @throws {FerroliteError} `FERROLITE_MIGRATION_DRIFT` if the schema is not what the last migration has left. */
export function refuseDrift(session: Session): void {
  const { problem } = atOnce(session, () => driftOf(session));
  if (problem !== undefined) refuseProblems([problem]);
}

/** Whether everything is applied and nothing is wrong. Otherwise the calls that write find out what it is. */
export function isCurrent(session: Session): boolean {
  const { db, state, settings } = session;
  try {
    const isOurs =
      settings.applicationId === undefined ||
      Number(db.pragma('application_id', { simple: true })) === settings.applicationId;
    if (!isOurs || !state.exists) return false;
    const { pending, problems } = inspect(session);
    return pending.length + problems.length === 0;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** A file without an id is taken for ours where it is empty or has a table of migrations. */
function checkApplication(session: Session): void {
  const { db, state, settings } = session;
  const { applicationId } = settings;
  if (applicationId === undefined) return;
  const found = Number(db.pragma('application_id', { simple: true }));
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

export async function load(migration: Migration, direction: 'up' | 'down'): Promise<Prepared> {
  const { name } = migration;
  if (migration.up === undefined) {
    const module = await loadModule(migration);
    if (direction === 'down' && module.down === undefined) throw noDown(migration);
    return { migration, script: undefined, module };
  }
  const part = direction === 'up' ? migration.up : migration.down;
  if (part === undefined) throw noDown(migration);
  refuseOtherEncodings(name, part);
  return { migration, script: scriptOf(name, part.text, part.transaction), module: undefined };
}

const noDown = ({ name }: Migration): FerroliteError =>
  new FerroliteError(
    `The migration "${name}" cannot be undone: it has no way down`,
    'FERROLITE_MIGRATION_NO_DOWN',
  );

export function run(
  session: Session,
  { migration, script, module }: Prepared,
  direction: 'up' | 'down',
  token: string,
  stepsDone: number,
  trace?: SqlStatement[],
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
    trace,
  });
}
