/**
 * The schema as migrations have left it, with who has made what.
 *
 * An object counts as made by a migration that has changed it, or whose SQL names it: CREATE TABLE IF NOT EXISTS too. What was
 * there before the first one, and what `repair()` has accepted, is known and nobody's. What else there is, others have made.
 */
import { definitionsOf, Definitions } from './definitions';
import { fingerprintOf, keyOf, schemaOf, type SchemaObject } from './schema';
import { ownTables, type Session } from '../apply/session';
import type { SqlStatement } from '../folder/sql-statements';
import type { State } from '../apply/state';

/** An object that is known. */
export interface KnownObject extends SchemaObject {
  /** The migration that made or changed it last; undefined: none. */
  readonly by?: string | undefined;
}

/** What the state keeps of a schema. */
export interface KeptSchema {
  readonly fingerprint: string;
  readonly schema: string;
}

/** The schema that the last migration has left; undefined where none was recorded. */
export function knownSchema(state: State): KnownObject[] | undefined {
  const text = state.lastSchema();
  return text === undefined ? undefined : (JSON.parse(text) as KnownObject[]);
}

function kept(objects: readonly KnownObject[]): KeptSchema {
  const sorted = objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { fingerprint: fingerprintOf(sorted), schema: JSON.stringify(sorted) };
}

/**
 * What is known after a part of a migration was executed.
 *
 * What it has left alone stays known as it was, so that what others have changed is told until it is accepted.
 *
 * @param known - What was known before.
 * @param before - What there was before.
 */
export function schemaAfter(
  known: readonly KnownObject[] | undefined,
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
  by: string,
  statements: Iterable<SqlStatement>,
): KeptSchema {
  const named = new Definitions().add(by, statements);
  const old = new Map((known ?? before).map((object) => [keyOf(object), object]));
  const was = new Map(before.map((object) => [keyOf(object), object.sql]));
  const objects: KnownObject[] = [];
  for (const object of after) {
    const key = keyOf(object);
    const isOurs = was.get(key) !== object.sql || named.of(object) !== undefined;
    const same = old.get(key);
    old.delete(key);
    if (isOurs) objects.push(madeBy(object, by));
    else if (same !== undefined) objects.push(same);
  }
  // Gone before: others have removed it.
  for (const [key, object] of old) if (!was.has(key)) objects.push(object);
  return kept(objects);
}

const madeBy = ({ type, name, sql }: SchemaObject, by: string | undefined): KnownObject =>
  by === undefined ? { type, name, sql } : { type, name, sql, by };

/** Takes the schema as it is for what migrations have left. */
export function acceptSchema(session: Session): void {
  const { db, state } = session;
  const old = new Map(attributed(session, knownSchema(state) ?? []).map((each) => [keyOf(each), each.by]));
  const named = definitionsOf(state.rows());
  const objects = schemaOf(db, ownTables(session)).map((object): KnownObject => {
    const by = old.get(keyOf(object)) ?? named.of(object)?.migration;
    return madeBy(object, by);
  });
  const { fingerprint, schema } = kept(objects);
  state.keepSchema(fingerprint, schema);
}

/** Takes what `names` define, which were not executed, for what they have left. */
export function acceptDefined(session: Session, names: ReadonlySet<string>): void {
  const { db, state } = session;
  const known = knownSchema(state);
  if (known === undefined) return acceptSchema(session);
  const named = definitionsOf(state.rows().filter(({ name }) => names.has(name)));
  const old = new Map(known.map((object) => [keyOf(object), object]));
  for (const object of schemaOf(db, ownTables(session))) {
    const by = named.of(object)?.migration;
    if (by !== undefined) old.set(keyOf(object), madeBy(object, by));
  }
  const { fingerprint, schema } = kept([...old.values()]);
  state.keepSchema(fingerprint, schema);
}

/** Says who has made what where that was not recorded. */
export function attributed({ state }: Pick<Session, 'state'>, known: readonly KnownObject[]): KnownObject[] {
  if (known.some(({ by }) => by !== undefined)) return [...known];
  const named = definitionsOf(state.rows());
  return known.map((object) => madeBy(object, named.of(object)?.migration));
}
