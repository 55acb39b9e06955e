/** Executing one migration: its transactions, what holds meanwhile, and what is looked at before COMMIT. */
import { quoted, type Database } from '../../core';
import { FerroliteError } from '../../errors';
import { countOwn } from '../safety/data-version';
import { excerpt, failed, failedIn, failedAt, reasonOf } from '../failures';
import type { Deadline } from './lock';
import type { CallFunction, MigrationModule } from '../folder/module';
import type { Settings } from '../options';
import type { Migration } from '../folder/read';
import { References, refuseLostReferences } from '../safety/references';
import {
  canLoseRows,
  countRows,
  lostRows,
  refuseLostRows,
  type LostRows,
  type RowCounts,
} from '../safety/rows';
import { knownSchema, schemaAfter, type KeptSchema } from '../schema/known-schema';
import { schemaOf, type SchemaObject } from '../schema/schema';
import { isAttachment, isOneTransaction, type Script, type Step } from '../folder/script';
import { lowerCase, type SqlStatement } from '../folder/sql-statements';
import type { State } from './state';

/** What a migration is executed with. */
export interface Execution {
  readonly db: Database;
  readonly state: State;
  readonly migration: Migration;
  readonly direction: 'up' | 'down';
  /** Undefined for a module. */
  readonly script: Script | undefined;
  readonly module: MigrationModule | undefined;
  readonly settings: Settings;
  readonly deadline: Deadline;
  /** What the state was when it was decided to execute this one. */
  readonly token: string;
  /** Steps that were done before it was interrupted. */
  readonly stepsDone: number;
  /** Tables that are the migrator's, or another one's. */
  readonly ownTables: readonly string[];
  /** On a copy: the statements that are executed, as they are. */
  readonly trace: SqlStatement[] | undefined;
}

/** Pragmas that are the connection's, and are given the value back that they had. */
const OF_CONNECTION = [
  'foreign_keys',
  'synchronous',
  'temp_store',
  'cache_size',
  'legacy_alter_table',
  'ignore_check_constraints',
  'recursive_triggers',
  'reverse_unordered_selects',
  'writable_schema',
  'trusted_schema',
  'cell_size_check',
  'query_only',
  'locking_mode',
  'busy_timeout',
  'automatic_index',
  'cache_spill',
  'read_uncommitted',
  'secure_delete',
  'wal_autocheckpoint',
  'journal_size_limit',
  'mmap_size',
];

/** Thrown away with the transaction: somebody else has recorded something. */
const OVERTAKEN = Symbol('overtaken');

/** @returns Milliseconds; undefined when another process has applied something meanwhile, and nothing was done. */
export async function execute(execution: Execution): Promise<number | undefined> {
  const { db, script, module } = execution;
  const foreignKeys = script?.foreignKeys ?? module?.foreignKeys;
  const touched = new Set(script?.pragmas ?? []);
  if (foreignKeys !== undefined) touched.add('foreign_keys');
  const saved = OF_CONNECTION.filter((name) => touched.has(name)).map(
    (name) => [name, db.pragma(name, { simple: true })] as const,
  );
  const attached = namesOfFiles(db);
  try {
    if (foreignKeys !== undefined) db.pragma(`foreign_keys = ${foreignKeys ? 1 : 0}`);
    for (const statement of script?.hoisted ?? []) runStatement(execution, statement);
    return await (script === undefined ? runModule(execution) : runScript(execution, script));
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    if (error === OVERTAKEN) return undefined;
    throw error;
  } finally {
    for (const [name, value] of saved) db.pragma(`${name} = ${String(value)}`);
    for (const name of namesOfFiles(db)) if (!attached.includes(name)) db.exec(`DETACH ${quoted(name)}`);
  }
}

const namesOfFiles = (db: Database): string[] =>
  db.prepare("SELECT name FROM pragma_database_list WHERE name <> 'temp'").pluck().all() as string[];

async function runModule(execution: Execution): Promise<number> {
  const { db, state, migration, direction, module, settings, trace } = execution;
  const { callFunction = called(execution) } = settings;
  const fn = direction === 'up' ? module!.up : module!.down!;
  const started = performance.now();
  await inTransaction(execution, execution.token, async (schema) => {
    const before = trace && rowsOf(execution);
    const lostBy = trace && new References(db).around();
    try {
      await callFunction(fn, db, { name: migration.name, isRehearsal: trace !== undefined });
    } catch (cause) {
      if (!db.inTransaction) throw failed(migration.name, ended(cause), cause);
      throw failedIn(migration, cause);
    }
    if (!db.inTransaction) throw failed(migration.name, ended());
    if (state.token() !== execution.token) throw failed(migration.name, CHANGES_STATE);
    if (before !== undefined) refuseLost(execution, before, trace!);
    if (lostBy !== undefined) {
      refuseLostReferences(migration.name, lostBy(trace!).references, settings.allowRowLoss);
    }
    finish(execution, leftBy(execution, schema, []), performance.now() - started);
  });
  return performance.now() - started;
}

/** Tools whose functions expect something else than a connection. */
const OWN_ARGUMENT: Readonly<Record<string, string>> = { kysely: 'Kysely', knex: 'Knex' };

/** How functions are called where nobody says it. */
function called({ state, migration: { name } }: Execution): CallFunction {
  const tool = state
    .rows()
    .map(({ origin }) => OWN_ARGUMENT[origin])
    .find((each) => each !== undefined);
  if (tool === undefined) return (fn, db, context) => fn(db, context);
  throw failed(
    name,
    `the functions of this folder were ${tool}'s, and expect what ${tool} gives them: say with the "callFunction" option how they are called`,
  );
}

const ended = (cause?: unknown): string =>
  `its function has ended the transaction that it was called in${cause instanceof Error ? ` (${cause.message})` : ''}`;

async function runScript(execution: Execution, script: Script): Promise<number> {
  const { db, state, direction, stepsDone, migration } = execution;
  const { steps } = script;
  const started = performance.now();
  const origin = direction === 'up' ? 'applied' : 'down';
  const progress = (done: number, left: KeptSchema): void => {
    if (done < steps.length) state.record(migration, { stepsDone: done, origin, ...left });
    else finish(execution, left, performance.now() - started);
  };
  // A new connection has lost what these have opened.
  const again = steps.slice(0, stepsDone).flatMap(({ statements }) => statements.filter(isAttachment));
  for (const statement of again) runStatement(execution, statement);
  let { token } = execution;
  if (!isOneTransaction(script) && stepsDone === 0) {
    token = await inTransaction(execution, token, (schema) => progress(0, leftBy(execution, schema, [])));
  }
  for (const [index, step] of steps.entries()) {
    if (index < stepsDone) continue;
    if (!step.inTransaction) {
      for (const statement of step.statements) countOwn(db, () => runStatement(execution, statement));
    }
    token = await inTransaction(execution, token, (schema) => {
      if (step.inTransaction) runTogether(execution, step);
      progress(index + 1, leftBy(execution, schema, step.statements));
    });
  }
  return performance.now() - started;
}

function runTogether(execution: Execution, { statements }: Step): void {
  const { db, state, migration, settings } = execution;
  const isCounted = execution.trace !== undefined || canLoseRows(db, statements);
  const before = isCounted ? rowsOf(execution) : undefined;
  const references = new References(db);
  const token = state.token();
  for (const statement of statements) {
    references.during(statement, () => runStatement(execution, statement));
  }
  if (state.token() !== token) throw failed(migration.name, CHANGES_STATE);
  const lost = references.lost(statements);
  if (before !== undefined) refuseLost(execution, before, statements, lost.rows);
  refuseLostReferences(migration.name, lost.references, settings.allowRowLoss);
}

const CHANGES_STATE = 'it writes to the table that says which migrations were applied';

const rowsOf = ({ db, ownTables }: Execution): RowCounts => countRows(db, ownTables);

function refuseLost(
  execution: Execution,
  before: RowCounts,
  statements: Iterable<SqlStatement>,
  others: readonly LostRows[] = [],
): void {
  const { migration, settings } = execution;
  const lost = lostRows(before, rowsOf(execution), statements);
  const more = others.filter(({ table }) => !lost.some((each) => lowerCase(each.table) === lowerCase(table)));
  refuseLostRows(migration.name, [...lost, ...more], settings.allowRowLoss);
}

function runStatement({ db, migration }: Execution, statement: SqlStatement): void {
  try {
    db.exec(statement.sql);
  } catch (cause) {
    throw failedAt(migration.name, statement, cause);
  }
}

/** Calls `work` with the schema before. @returns The state that it has left. */
async function inTransaction(
  execution: Execution,
  token: string,
  work: (schema: readonly SchemaObject[]) => unknown,
): Promise<string> {
  const { db, state, settings, deadline, migration } = execution;
  await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
  if (state.token() !== token) throw OVERTAKEN;
  const before = settings.foreignKeyCheck ? violations(db) : undefined;
  await work(schemaOf(db, execution.ownTables));
  if (before !== undefined) refuseViolations(migration.name, before, violations(db));
  const left = state.token();
  try {
    await deadline.execute(db, 'COMMIT', 'readers of the database');
  } catch (cause) {
    if (cause instanceof FerroliteError) throw cause;
    throw failed(migration.name, `COMMIT: ${reasonOf(cause)}`, cause);
  }
  return left;
}

/** Rows that refer to nothing, by table and parent; undefined where foreign keys cannot be checked at all. */
function violations(db: Database): Map<string, number> | undefined {
  try {
    const rows = db
      .prepare('SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2')
      .safeIntegers(false)
      .raw()
      .all() as [string, string, number][];
    return new Map(rows.map(([table, parent, count]) => [`"${table}" to "${parent}"`, count]));
  } catch {
    return undefined;
  }
}

function refuseViolations(
  name: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number> | undefined,
): void {
  const what = [...(after ?? [])].filter(([key, count]) => count > (before.get(key) ?? 0));
  if (after !== undefined && what.length === 0) return;
  const found =
    after === undefined
      ? 'a foreign key refers to what is no key, so that they cannot be checked'
      : what
          .map(
            ([key, count]) =>
              `${count - (before.get(key) ?? 0)} more rows refer from ${key}, where nothing is`,
          )
          .join('; ');
  throw new FerroliteError(
    `The migration "${name}" would break foreign keys: ${excerpt(found)}`,
    'FERROLITE_MIGRATION_FOREIGN_KEYS',
  );
}

/** The schema that is known from here on. */
const leftBy = (
  { db, state, migration, ownTables }: Execution,
  before: readonly SchemaObject[],
  statements: Iterable<SqlStatement>,
): KeptSchema => schemaAfter(knownSchema(state), before, schemaOf(db, ownTables), migration.name, statements);

/** Records the migration, or that it was undone, with the schema as it is. */
function finish({ state, migration, direction }: Execution, left: KeptSchema, durationMs: number): void {
  if (direction === 'up') {
    state.record(migration, { durationMs, ...left });
    return;
  }
  state.forget(migration.name);
  state.keepSchema(left.fingerprint, left.schema);
}
