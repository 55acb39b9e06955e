/**
 * Rehearsal: migrations are applied to a copy that is thrown away, before they are applied to the database.
 *
 * A small database is copied into memory, another one into a file beside it, off the main thread.
 */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Database } from '../../core';
import { FerroliteError } from '../../errors';
import { quickCheck } from '../../ops/maintenance/checks';
import { vacuumInto } from '../../ops/maintenance/vacuum';
import { announce } from '../apply/progress';
import { countRows, hasTemp, type RowCounts } from './rows';
import { schemaChanges, schemaOf, type SchemaChange } from '../schema/schema';
import { isAttachment } from '../folder/script';
import { connect, ownTables, type Session } from '../apply/session';
import type { SqlStatement } from '../folder/sql-statements';
import { State } from '../apply/state';
import { run, type Prepared, type Task } from '../apply/work';

/** A table whose rows have become more or fewer. */
export interface RowChange {
  readonly table: string;
  /** Undefined: there was no such table. */
  readonly before: number | undefined;
  /** Undefined: there is no such table. */
  readonly after: number | undefined;
}

/** What a migration has done to the copy. */
export interface RehearsedMigration {
  readonly name: string;
  readonly durationMs: number;
  readonly rows: readonly RowChange[];
  readonly schema: readonly SchemaChange[];
}

/** What was found out with a copy. */
export interface Rehearsal {
  /** Why it was not made to the end, though nothing is wrong. */
  readonly skipped: string | undefined;
  readonly migrations: readonly RehearsedMigration[];
  /** What the first one failed with that failed; nothing behind it was tried. */
  readonly error: Error | undefined;
  /** Of the copy before. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** Copied into memory up to this size: more would double what the process needs at a bad moment. */
const MEMORY_BYTES = 32 * 2 ** 20;
/** In the header of a file: 2 stands for a write-ahead log, which a copy in memory cannot have. */
const FORMAT_VERSIONS = [18, 19];
/** Settings of the connection that decide what SQL does. */
const SETTINGS = ['foreign_keys', 'recursive_triggers', 'legacy_alter_table', 'ignore_check_constraints'];

/** The bytes of a database, as its connection sees it. */
export function sizeOf(db: Database): number {
  // The connection may be set to give bigints.
  return Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
}

interface Copy {
  readonly db: Database;
  readonly path: string | undefined;
  readonly discard: () => void;
}

/** Does `tasks` with a copy. What the migrations do wrong is in the answer, and not thrown. */
export async function rehearse(session: Session, tasks: readonly Task[]): Promise<Rehearsal> {
  const started = performance.now();
  const bytes = sizeOf(session.db);
  const migrations: RehearsedMigration[] = [];
  const trace: SqlStatement[] = [];
  let error: Error | undefined;
  let skipped: string | undefined;
  const copy = await copyOf(session, bytes, trace);
  try {
    const state = new State(copy.db, session.settings.table);
    const rehearsed: Session = { ...session, db: copy.db, path: copy.path, state };
    for (const task of tasks) {
      const { prepared } = task;
      skipped = whyNot(prepared);
      if (skipped !== undefined) break;
      const { name } = prepared.migration;
      await announce(session.settings, {
        stage: 'rehearse',
        name,
        done: migrations.length,
        total: tasks.length,
      });
      trace.length = 0;
      migrations.push(await rehearseOne(rehearsed, task, trace));
    }
    if (skipped === undefined) await checkCopy(copy, session.settings.signal);
  } catch (cause) {
    session.settings.signal?.throwIfAborted();
    skipped = missesConnection(session, cause);
    if (skipped === undefined) error = cause instanceof Error ? cause : new Error(String(cause), { cause });
  } finally {
    copy.discard();
  }
  return { skipped, migrations, error, bytes, durationMs: performance.now() - started };
}

async function rehearseOne(
  session: Session,
  { prepared, direction }: Task,
  trace: SqlStatement[],
): Promise<RehearsedMigration> {
  const { db, state } = session;
  const own = ownTables(session);
  const before = { rows: countRows(db, own), schema: schemaOf(db, own) };
  const { name } = prepared.migration;
  const { stepsDone = 0 } = state.rows().find((row) => row.name === name) ?? {};
  const durationMs = (await run(session, prepared, direction, state.token(), stepsDone, trace))!;
  return {
    name,
    durationMs,
    rows: rowChanges(before.rows, countRows(db, own)),
    schema: schemaChanges(before.schema, schemaOf(db, own)),
  };
}

function rowChanges(before: RowCounts, after: RowCounts): RowChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((table) => ({ table, before: before.get(table), after: after.get(table) }))
    .filter((change) => change.before !== change.after);
}

/** Other files have no copy. */
function whyNot({ migration, script }: Prepared): string | undefined {
  const statements = script?.steps.flatMap((step) => step.statements) ?? [];
  const other = statements.find((each) => isAttachment(each) || /^VACUUM\b[^]*\bINTO\b/i.test(each.sql));
  if (other === undefined) return undefined;
  return `"${migration.name}" uses another file at line ${other.line}, which would not be a copy`;
}

/** What SQLite says where a connection has no such function, and so on, or another file is not attached. */
const MISSING =
  /no such (?:function|module|collation sequence): \S+|unknown (?:function:|database) \S+|no such table: \w+\.\w+/;

const MISSING_TABLE = /no such table: \S+/;

/** Whether the connection has tables that are not in its file: temporary ones, and those of attached files. */
const hasOwnTables = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM pragma_database_list WHERE name NOT IN ('main', 'temp')").get() !== undefined ||
  (hasTemp(db) && db.prepare('SELECT 1 FROM temp.sqlite_schema').get() !== undefined);

/** What a connection that was passed in has and a copy of the database has not. */
function missesConnection({ db, settings, isShared }: Session, cause: unknown): string | undefined {
  if (!isShared || settings.prepareConnection !== undefined || !(cause instanceof Error)) return undefined;
  const missing =
    MISSING.exec(cause.message) ?? (hasOwnTables(db) ? MISSING_TABLE.exec(cause.message) : null);
  return missing === null
    ? undefined
    : `${missing[0]}: give the connection of the copy what it needs with the "prepareConnection" option`;
}

/** What `PRAGMA quick_check` finds, on this thread. */
export const problemsIn = (db: Database): string[] =>
  (db.prepare('PRAGMA quick_check').pluck().all() as string[]).filter((line) => line !== 'ok');

async function checkCopy({ db, path }: Copy, signal: AbortSignal | undefined): Promise<void> {
  const problems = path === undefined ? problemsIn(db) : (await quickCheck(path, { signal })).problems;
  if (problems.length === 0) return;
  throw new FerroliteError(
    `The copy is damaged after the migrations: ${problems[0]}`,
    'FERROLITE_MIGRATION_FAILED',
  );
}

async function copyOf(session: Session, bytes: number, trace: SqlStatement[]): Promise<Copy> {
  const { db, path, settings } = session;
  const verbose = (sql: unknown): void => void trace.push({ sql: String(sql), line: 0 });
  // With a key the bytes would be those of a plain database, which the key does not fit.
  const isSmall = bytes <= MEMORY_BYTES && settings.prepareConnection === undefined;
  const copy =
    path === undefined || isSmall
      ? await session.deadline.retry('a writer of the database', () => inMemory(session, verbose))
      : await inFile(session, path, verbose);
  for (const name of SETTINGS) copy.db.pragma(`${name} = ${String(db.pragma(name, { simple: true }))}`);
  // Nobody needs the copy after a power cut.
  copy.db.pragma('synchronous = off');
  return copy;
}

function inMemory({ db, settings }: Session, verbose: (sql: unknown) => void): Copy {
  // Serialising an empty file writes its first page, which decides the size of all.
  const image = sizeOf(db) === 0 ? ':memory:' : db.serialize();
  if (typeof image !== 'string') for (const at of FORMAT_VERSIONS) if (image[at] === 2) image[at] = 1;
  const copy = new Database(image, { verbose });
  try {
    settings.prepareConnection?.(copy);
  } catch (error) {
    copy.close();
    throw error;
  }
  return { db: copy, path: undefined, discard: () => copy.close() };
}

async function inFile(session: Session, path: string, verbose: (sql: unknown) => void): Promise<Copy> {
  const target = `${path}-rehearsal-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const remove = (): void => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${target}${end}`, { force: true });
  };
  try {
    await copyFile(session, path, target);
    const db = connect(target, { fileMustExist: true, verbose }, session.settings);
    return {
      db,
      path: target,
      discard: () => {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Removes the copies of processes that are no more. */
export function removeStaleCopies(path: string): void {
  const prefix = `${basename(path)}-rehearsal-`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(/^\d+/.exec(name.slice(prefix.length))?.[0]);
    if (!isAlive(pid)) rmSync(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code !== 'ESRCH';
  }
}

/** Copies the database into a new file: off the main thread, unless only the connection can read it. */
export async function copyFile({ db, settings }: Session, path: string, target: string): Promise<void> {
  if (settings.prepareConnection === undefined) {
    await vacuumInto(path, target, { signal: settings.signal });
  } else {
    // It has its name once it is whole.
    const partial = `${target}.partial`;
    rmSync(partial, { force: true });
    try {
      db.prepare('VACUUM INTO ?').run(partial);
    } catch (error) {
      // What was written fills a disk that had no room.
      rmSync(partial, { force: true });
      throw error;
    }
    renameSync(partial, target);
  }
}
