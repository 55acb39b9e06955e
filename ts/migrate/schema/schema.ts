/** The schema as text: to tell whether two are the same, and in what they differ. */
import { createHash } from 'node:crypto';
import type { Database } from '../../core';
import { sqlTokens } from '../folder/sql-statements';

/** A table, index, view or trigger. */
export interface SchemaObject {
  readonly type: string;
  readonly name: string;
  /** Without comments, and with single spaces. */
  readonly sql: string;
}

/** What has another schema. */
export interface SchemaChange {
  readonly type: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * What the database has, but for what SQLite and virtual tables make by themselves and for the tables named.
 *
 * Names are compared as they are written; the space and the comments between words do not count.
 */
export function schemaOf(db: Database, without: readonly string[]): SchemaObject[] {
  const rows = db
    .prepare(
      `SELECT type, name, sql FROM main.sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name`,
    )
    .all() as SchemaObject[];
  const objects = rows.map(({ type, name, sql }) => ({ type, name, sql: plainOf(sql) }));
  const shadows = objects.some(({ sql }) => /^CREATE VIRTUAL\b/i.test(sql)) ? shadowTables(db) : [];
  return objects.filter(({ name }) => !without.includes(name) && !shadows.includes(name));
}

/** SQL of before: databases of a fleet have the same. */
const plain = new Map<string, string>();
const MOST_REMEMBERED = 2000;

/** Without comments, and with single spaces. */
function plainOf(sql: string): string {
  const known = plain.get(sql);
  if (known !== undefined) return known;
  const text = sqlTokens(sql).join(' ');
  if (plain.size >= MOST_REMEMBERED) plain.clear();
  plain.set(sql, text);
  return text;
}

/** The tables in which virtual ones keep their rows: modules make and change them as they like. */
const shadowTables = (db: Database): unknown[] =>
  db.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'").pluck().all();

/** One line for a schema. */
export const fingerprintOf = (schema: readonly SchemaObject[]): string =>
  createHash('sha256')
    .update(JSON.stringify(schema.map(({ type, name, sql }) => ({ type, name, sql }))))
    .digest('hex');

/** What tells objects apart. */
export const keyOf = ({ type, name }: Pick<SchemaObject, 'type' | 'name'>): string => `${type} ${name}`;

/** What is in one and not in the other, or not the same. */
export function schemaChanges(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
): SchemaChange[] {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const changes: SchemaChange[] = [];
  for (const object of after) {
    const { type, name, sql } = object;
    const was = old.get(keyOf(object));
    old.delete(keyOf(object));
    if (was?.sql === sql) continue;
    changes.push({
      type,
      name,
      change: was === undefined ? 'added' : 'changed',
      before: was?.sql,
      after: sql,
    });
  }
  for (const { type, name, sql } of old.values()) {
    changes.push({ type, name, change: 'removed', before: sql, after: undefined });
  }
  return changes;
}
