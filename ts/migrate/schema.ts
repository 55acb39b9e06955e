/** The schema as text: to tell whether two are the same, and in what they differ. */
import { createHash } from 'node:crypto';
import type { Database } from '../core';
import { sqlTokens } from './sql-statements';

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
 * What the database has, but for what SQLite makes by itself and for the tables named.
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
  return rows
    .filter(({ name }) => !without.includes(name))
    .map(({ type, name, sql }) => ({ type, name, sql: sqlTokens(sql).join(' ') }));
}

/** One line for a schema. */
export const fingerprintOf = (schema: readonly SchemaObject[]): string =>
  createHash('sha256').update(JSON.stringify(schema)).digest('hex');

/** What is in one and not in the other, or not the same. */
export function schemaChanges(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
): SchemaChange[] {
  const key = ({ type, name }: SchemaObject): string => `${type} ${name}`;
  const old = new Map(before.map((object) => [key(object), object]));
  const changes: SchemaChange[] = [];
  for (const object of after) {
    const { type, name, sql } = object;
    const was = old.get(key(object));
    old.delete(key(object));
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
