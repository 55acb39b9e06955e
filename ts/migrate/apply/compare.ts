/** The folder against the table: what is to be applied, and what must not be. */
import { FerroliteError } from '../../errors';
import { listed } from '../failures';
import { allows, type Settings } from '../options';
import type { Migration } from '../folder/read';
import type { AppliedMigration } from './state';

/** Why migrations are refused. */
export interface MigrationProblem {
  readonly code:
    | 'FERROLITE_MIGRATION_CHANGED'
    | 'FERROLITE_MIGRATION_MISSING'
    | 'FERROLITE_MIGRATION_ORDER'
    | 'FERROLITE_MIGRATION_INTERRUPTED'
    | 'FERROLITE_MIGRATION_DRIFT';
  readonly name: string;
  readonly message: string;
}

export interface Comparison {
  /** To be applied, in this order. */
  readonly pending: readonly Migration[];
  readonly applied: readonly AppliedMigration[];
  /** None: the pending ones can be applied. */
  readonly problems: readonly MigrationProblem[];
}

/** Compares what there is with what was applied. */
export function compare(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  settings: Pick<Settings, 'allowMissing' | 'allowOutOfOrder'>,
): Comparison {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const rows = new Map(applied.map((row) => [row.name, row]));
  const problems: MigrationProblem[] = [];
  for (const row of applied) {
    const migration = byName.get(row.name);
    if (row.stepsDone !== undefined && row.origin === 'down') problems.push(halfUndone(row));
    if (migration === undefined) {
      if (!allows(settings.allowMissing, row.name)) problems.push(missing(row));
    } else if (isChanged(migration, row)) {
      problems.push(changed(migration, row));
    }
  }
  const isPending = (migration: Migration): boolean => {
    const row = rows.get(migration.name);
    if (row === undefined || (row.stepsDone !== undefined && row.origin !== 'down')) return true;
    return migration.version === undefined && row.checksum !== migration.checksum;
  };
  const last = migrations.findLastIndex(({ name, version }) => version !== undefined && rows.has(name));
  const pending: Migration[] = [];
  for (const [index, migration] of migrations.entries()) {
    if (!isPending(migration)) continue;
    pending.push(migration);
    const isLate = index < last && migration.version !== undefined && !rows.has(migration.name);
    if (isLate && !allows(settings.allowOutOfOrder, migration.name)) {
      problems.push(outOfOrder(migration, migrations[last]!));
    }
  }
  return { pending, applied, problems };
}

/** @throws {FerroliteError} for the first of the problems. */
export function refuseProblems(problems: readonly MigrationProblem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more: ${listed(others.map(({ name }) => name))})`;
  throw new FerroliteError(`${first.message}${more}`, first.code);
}

const isChanged = (migration: Migration, row: AppliedMigration): boolean =>
  migration.version !== undefined && row.checksum !== migration.checksum;

function halfUndone({ name }: AppliedMigration): MigrationProblem {
  return {
    code: 'FERROLITE_MIGRATION_INTERRUPTED',
    name,
    message: `The migration "${name}" was interrupted while it was undone: undo it again with down()`,
  };
}

function missing({ name, appliedAt }: AppliedMigration): MigrationProblem {
  return {
    code: 'FERROLITE_MIGRATION_MISSING',
    name,
    message: `The migration "${name}", which was applied at ${appliedAt}, is not in the folder: bring it back, or name it in "allowMissing"`,
  };
}

function changed({ name, file, text }: Migration, row: AppliedMigration): MigrationProblem {
  const { line, before, after } = firstDifference(row.text, text);
  return {
    code: 'FERROLITE_MIGRATION_CHANGED',
    name,
    message:
      `The migration "${name}" was changed after it was applied at ${row.appliedAt}: line ${line} of "${file}" was ` +
      `${JSON.stringify(before)} and is ${JSON.stringify(after)}. Put it back and write another migration, or accept it with repair()`,
  };
}

function outOfOrder({ name }: Migration, last: Migration): MigrationProblem {
  return {
    code: 'FERROLITE_MIGRATION_ORDER',
    name,
    message: `The migration "${name}" comes before "${last.name}", which was applied: give it a later number, or name it in "allowOutOfOrder"`,
  };
}

/** The first line that is not the same. */
function firstDifference(before: string, after: string): { line: number; before: string; after: string } {
  const [was, is] = [before.split('\n'), after.split('\n')];
  const count = Math.max(was.length, is.length);
  for (let index = 0; index < count; index += 1) {
    if (was[index]?.trimEnd() === is[index]?.trimEnd()) continue;
    return { line: index + 1, before: was[index] ?? '', after: is[index] ?? '' };
  }
  return { line: 1, before: was[0] ?? '', after: is[0] ?? '' };
}
