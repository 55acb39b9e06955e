/** Applying and undoing migrations: tried on a copy first, with a way back. */
import { checkPlace, makeBackup, removeOldBackups, restoreBackup, type Backup } from '../safety/backup';
import { failed } from '../failures';
import { announce } from './progress';
import type { Migration } from '../folder/read';
import { rehearse, removeStaleCopies, sizeOf } from '../safety/rehearsal';
import type { Session } from './session';
import { inspected, load, run, type Prepared, type Task } from './work';

/** One migration that was applied or undone. */
export interface MigrationRun {
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly durationMs: number;
}

/** What was done. */
export interface Applied {
  readonly runs: readonly MigrationRun[];
  /** The copy that was made before. */
  readonly backup: string | undefined;
}

/**
 * Undoes and applies.
 *
 * @param undone - In the order in which they are undone.
 * @param isWanted - Of those that are pending, afterwards; undefined: none.
 */
export async function applyAll(
  session: Session,
  undone: readonly Migration[],
  isWanted?: (migration: Migration) => boolean,
): Promise<Applied> {
  refuseInterrupted(session, undone);
  const pending = isWanted === undefined ? [] : inspected(session).pending.filter(isWanted);
  const downs: Task[] = [];
  const ups: Task[] = [];
  for (const migration of undone) downs.push({ prepared: await load(migration, 'down'), direction: 'down' });
  for (const migration of pending) ups.push({ prepared: await load(migration, 'up'), direction: 'up' });
  const tasks = [...downs, ...ups];
  const [first] = tasks;
  if (first === undefined) return { runs: [], backup: undefined };
  const { path } = session;
  checkPlace(session.settings);
  if (path !== undefined) removeStaleCopies(path);
  await rehearseBefore(session, tasks);
  const backup = await backupBefore(session, first.prepared.migration.name, tasks.length);
  const runs: MigrationRun[] = [];
  try {
    await undoAll(session, downs, runs);
    if (isWanted !== undefined) await applyPending(session, ups, isWanted, runs);
  } catch (error) {
    if (backup === undefined || session.settings.backup?.restore !== true) throw error;
    throw await restoreBackup(session, fileOf(path), backup, error);
  }
  if (backup !== undefined) removeOldBackups(fileOf(path), session.settings.backup!);
  return { runs, backup: backup?.path };
}

/** Those that are undone are whole, or were begun to be undone. */
function refuseInterrupted({ state }: Session, undone: readonly Migration[]): void {
  const names = new Set(undone.map(({ name }) => name));
  const half = state
    .rows()
    .find(({ name, stepsDone, origin }) => names.has(name) && stepsDone !== undefined && origin !== 'down');
  if (half === undefined) return;
  throw failed(
    half.name,
    'it was interrupted while it was applied, and cannot be undone before up() has finished it',
  );
}

/** Finds out with a copy what the migrations do. @throws What one of them fails with. */
async function rehearseBefore(session: Session, tasks: readonly Task[]): Promise<void> {
  const { db, settings } = session;
  const isWanted = settings.rehearse === 'auto' ? sizeOf(db) <= settings.rehearseMaxBytes : settings.rehearse;
  if (!isWanted) return;
  const { error } = await rehearse(session, tasks);
  if (error !== undefined) throw error;
}

async function backupBefore(session: Session, name: string, total: number): Promise<Backup | undefined> {
  const { path, settings } = session;
  if (settings.backup === undefined) return undefined;
  await announce(settings, { stage: 'backup', name, done: 0, total });
  return makeBackup(session, fileOf(path), settings.backup, name);
}

async function undoAll(session: Session, downs: readonly Task[], runs: MigrationRun[]): Promise<void> {
  const { state, settings } = session;
  for (const [done, { prepared }] of downs.entries()) {
    const token = state.token();
    const { name } = prepared.migration;
    const row = state.rows().find((each) => each.name === name);
    if (row === undefined) continue;
    await announce(settings, { stage: 'down', name, done, total: downs.length });
    const durationMs = await run(session, prepared, 'down', token, row.stepsDone ?? 0);
    if (durationMs !== undefined) runs.push({ name, direction: 'down', durationMs });
  }
}

async function applyPending(
  session: Session,
  ups: readonly Task[],
  isWanted: (migration: Migration) => boolean,
  runs: MigrationRun[],
): Promise<void> {
  const all = new Map(ups.map(({ prepared }) => [prepared.migration.name, prepared]));
  for (let done = 0; ;) {
    const next = await applyNext(session, all, isWanted, done);
    if (next === undefined) return;
    // Otherwise another process was faster, and it is looked again.
    if (next === 'overtaken') continue;
    runs.push(next);
    done += 1;
  }
}

/** Applies the next one; undefined when there is none. */
async function applyNext(
  session: Session,
  all: ReadonlyMap<string, Prepared>,
  isWanted: (migration: Migration) => boolean,
  done: number,
): Promise<MigrationRun | 'overtaken' | undefined> {
  const token = session.state.token();
  const { pending, applied } = inspected(session);
  const migration = pending.find(isWanted);
  if (migration === undefined) return undefined;
  const { name } = migration;
  const { stepsDone = 0 } = applied.find((row) => row.name === name) ?? {};
  await announce(session.settings, { stage: 'up', name, done, total: all.size });
  const prepared = all.get(name) ?? (await load(migration, 'up'));
  const durationMs = await run(session, prepared, 'up', token, stepsDone);
  return durationMs === undefined ? 'overtaken' : { name, direction: 'up', durationMs };
}

function fileOf(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new TypeError(
    'A database in memory cannot be copied before migrations: leave the "backup" option out',
  );
}
