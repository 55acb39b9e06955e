/** What `stmt.columns()` answers. */
import type { ColumnDefinition } from './types';

/** Name, column, table, database, type. */
const PARTS = 5;

/**
 * The definitions of a statement's columns.
 *
 * Made here and not by the addon, whose objects and arrays belong to the realm that loaded it.
 *
 * @param parts - As the addon gives them, five for each column.
 */
export function columnDefinitions(parts: readonly (string | null)[]): ColumnDefinition[] {
  const columns: ColumnDefinition[] = [];
  for (let at = 0; at < parts.length; at += PARTS) {
    columns.push({
      name: parts[at] as string,
      column: parts[at + 1]!,
      table: parts[at + 2]!,
      database: parts[at + 3]!,
      type: parts[at + 4]!,
    });
  }
  return columns;
}
