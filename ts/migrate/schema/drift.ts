/** Drift: what was changed in the schema besides migrations. */
import { listed } from '../failures';
import { definitionsOf } from './definitions';
import { attributed, knownSchema } from './known-schema';
import { allows } from '../options';
import type { MigrationProblem } from '../apply/compare';
import { keyOf, schemaChanges, schemaOf, type SchemaChange } from './schema';
import { schemaDiff } from './schema-diff';
import { ownTables, type Session } from '../apply/session';
import type { AppliedMigration } from '../apply/state';

/** Where an object was defined. */
interface Where {
  /** The migration that has it as it was; undefined where that is not known. */
  readonly migration: string | undefined;
  /** Its file; undefined where the folder has none. */
  readonly file: string | undefined;
  /** The line of the statement; undefined where a function has executed it. */
  readonly line: number | undefined;
}

/** Something that a migration has made, and that somebody else has changed or removed. */
export interface SchemaDrift extends SchemaChange, Where {}

/** The schema against what the last migration has left. */
export interface Drift {
  /** For which migrations are refused; undefined where the schema was never recorded. */
  readonly drift: readonly SchemaDrift[] | undefined;
  /** What others have added, changed or removed that no migration has made, and what `allowDrift` allows. */
  readonly notices: readonly SchemaChange[];
  readonly problem: MigrationProblem | undefined;
}

/** Without where it was defined. */
export const changeOf = ({ type, name, change, before, after }: SchemaChange): SchemaChange => ({
  type,
  name,
  change,
  before,
  after,
});

/** Changes that an error shows with their SQL. */
const SHOWN = 10;

/** Compares the schema with what is known. What is read has to be of one moment. */
export function driftOf(session: Session): Drift {
  const { db, state, settings } = session;
  const known = knownSchema(state);
  if (known === undefined) return { drift: undefined, notices: [], problem: undefined };
  const changes = schemaChanges(known, schemaOf(db, ownTables(session)));
  if (changes.length === 0) return { drift: [], notices: [], problem: undefined };
  const makers = new Map(attributed(session, known).map((object) => [keyOf(object), object.by]));
  const isRefused = (change: SchemaChange): boolean =>
    makers.get(keyOf(change)) !== undefined && !allows(settings.allowDrift, change.name);
  const applied = state.rows();
  const definitions = definitionsOf(applied);
  const files = new Map(session.migrations.map(({ name, file }) => [name, file]));
  const whereIs = (change: SchemaChange): Where => {
    const found = definitions.of(change);
    const maker = makers.get(keyOf(change));
    const migration = found?.migration ?? applied.find(({ name }) => name === maker)?.name;
    return { migration, file: migration && files.get(migration), line: found?.line };
  };
  const drift = changes
    .filter(isRefused)
    .map((change): SchemaDrift => Object.assign(changeOf(change), whereIs(change)));
  const notices = changes.filter((change) => !isRefused(change));
  return { drift, notices, problem: problemOf(drift, applied) };
}

function problemOf(
  drift: readonly SchemaDrift[],
  applied: readonly AppliedMigration[],
): MigrationProblem | undefined {
  const last = applied.at(-1);
  if (drift.length === 0 || last === undefined) return undefined;
  const shown = drift.slice(0, SHOWN).flatMap((each) => {
    const [first = '', ...others] = schemaDiff(each);
    return [`${first}${whereOf(each)}`].concat(others);
  });
  const rest = drift.slice(SHOWN).map(({ type, name }) => `${type} ${name}`);
  return {
    code: 'FERROLITE_MIGRATION_DRIFT',
    name: last.name,
    message: [
      `The schema is not what the migration "${last.name}" has left at ${last.appliedAt}:`,
      ...shown,
      ...(rest.length === 0 ? [] : [`and ${rest.length} more: ${listed(rest)}`]),
      'Put it back, accept it with repair(), or name it in "allowDrift"',
    ].join('\n'),
  };
}

/** Where the object was defined, as editors open it. */
function whereOf({ migration, file, line }: Where): string {
  if (migration === undefined) return '';
  const where = file === undefined ? `"${migration}"` : `${file}${line === undefined ? '' : `:${line}`}`;
  return `, defined in ${where}`;
}
