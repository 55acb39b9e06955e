/** Rows as objects of objects, one for each table: what `expand()` gives. */

/** Where in an expanded row each column goes. */
export interface ExpandedShape {
  /** The tables, in the order of their first columns. */
  readonly tables: readonly string[];
  /** For each column the position of its table. */
  readonly tableOf: readonly number[];
  /** The name of each column. */
  readonly names: readonly string[];
}

/** The key of columns that come from no table. */
const NO_TABLE = '$';

/**
 * @param joinedNames - The names of the columns joined by NUL.
 * @param tables - The table of each column; null for an expression.
 */
export function expandedShape(joinedNames: string, tables: readonly (string | null)[]): ExpandedShape {
  const known: string[] = [];
  const tableOf = tables.map((table) => {
    const name = table ?? NO_TABLE;
    const position = known.indexOf(name);
    return position < 0 ? known.push(name) - 1 : position;
  });
  return { tables: known, tableOf, names: joinedNames.split('\0') };
}

/** The expanded form of a row that was read as an array. */
export function expandRow(shape: ExpandedShape, row: readonly unknown[]): object {
  const parts = shape.tables.map((): Record<string, unknown> => ({}));
  for (let column = 0; column < row.length; column += 1) {
    define(parts[shape.tableOf[column]!]!, shape.names[column]!, row[column]);
  }
  const expanded: Record<string, unknown> = {};
  for (let table = 0; table < parts.length; table += 1) define(expanded, shape.tables[table]!, parts[table]);
  return expanded;
}

/** Also names such as `__proto__`, which an assignment would take for something else. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name in Object.prototype) {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}
