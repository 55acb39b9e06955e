/** What would be done, for a person or a check to look at. */
import type { MigrationProblem } from './compare';
import type { SchemaDrift } from '../schema/drift';
import { lint, type MigrationWarning } from '../safety/lint';
import type { SqlStatement } from '../folder/sql-statements';
import { rehearse, type Rehearsal } from '../safety/rehearsal';
import { countRows } from '../safety/rows';
import { isOneTransaction } from '../folder/script';
import type { SchemaChange } from '../schema/schema';
import { ownTables, type Session } from './session';
import { inspect, load, type Prepared } from './work';

/** A migration that would be applied. */
export interface PlannedMigration {
  readonly name: string;
  readonly version: string | undefined;
  readonly file: string;
  /** What is executed; none for a function. */
  readonly statements: readonly SqlStatement[];
  /** Whether all of it is done, or nothing. */
  readonly isOneTransaction: boolean;
  /** What a reader of the SQL would not expect. */
  readonly notes: readonly string[];
  /** Statements that delete, that an application of before may not survive, or that take long. */
  readonly warnings: readonly MigrationWarning[];
}

/** What `up()` would do. */
export interface MigrationPlan {
  readonly migrations: readonly PlannedMigration[];
  /** Why it would be refused. */
  readonly problems: readonly MigrationProblem[];
  /** The tool whose table would be taken over. */
  readonly adopts: string | undefined;
  /** As in `VerifyResult`. */
  readonly drift: readonly SchemaDrift[] | undefined;
  readonly notices: readonly SchemaChange[];
  /** What a copy has shown; undefined where nothing is pending, or it was not asked for. */
  readonly rehearsal: Rehearsal | undefined;
}

/** Makes a plan. */
export async function planOf(session: Session, isRehearsed: boolean): Promise<MigrationPlan> {
  const { pending, problems, adopts, drift, notices } = inspect(session);
  const prepared: Prepared[] = [];
  for (const migration of pending) prepared.push(await load(migration, 'up'));
  const counts = countRows(session.db, ownTables(session));
  const rows = new Map([...counts].map(([table, count]) => [table.toLowerCase(), count]));
  const rehearsal =
    isRehearsed && prepared.length > 0
      ? await rehearse(
          session,
          prepared.map((each) => ({ prepared: each, direction: 'up' as const })),
        )
      : undefined;
  return {
    migrations: prepared.map((each) => planned(each, (table) => rows.get(table))),
    problems,
    adopts,
    drift,
    notices,
    rehearsal,
  };
}

function planned(
  { migration, script }: Prepared,
  rows: (table: string) => number | undefined,
): PlannedMigration {
  const { name, version, file } = migration;
  const statements = script?.steps.flatMap((step) => step.statements) ?? [];
  return {
    name,
    version,
    file,
    statements,
    isOneTransaction: script === undefined || isOneTransaction(script),
    notes: script?.notes ?? [],
    warnings: lint(statements, rows),
  };
}
