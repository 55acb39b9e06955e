/** What SQLite's message tells of the constraint that refused a row. */

/** The constraint that was violated, as far as SQLite names it. */
export interface ConstraintDetails {
  /** The symbolic extended result code. */
  readonly code: string;
  readonly table: string | undefined;
  /** In the order of the constraint. */
  readonly columns: readonly string[];
  /** The name of a CHECK constraint, or of a unique index on an expression. */
  readonly constraint: string | undefined;
}

interface Text {
  /** What stands in front of the names. */
  readonly start: string;
  /** The code that the text belongs to, for drivers that only give `SQLITE_CONSTRAINT`. */
  readonly code: string;
}

const UNIQUE: Text = { start: 'UNIQUE constraint failed: ', code: 'SQLITE_CONSTRAINT_UNIQUE' };
const NOT_NULL: Text = { start: 'NOT NULL constraint failed: ', code: 'SQLITE_CONSTRAINT_NOTNULL' };
const CHECK: Text = { start: 'CHECK constraint failed: ', code: 'SQLITE_CONSTRAINT_CHECK' };
const FOREIGN_KEY: Text = { start: 'FOREIGN KEY constraint failed', code: 'SQLITE_CONSTRAINT_FOREIGNKEY' };
const TEXTS = [UNIQUE, NOT_NULL, CHECK, FOREIGN_KEY];

/** The text of each code; a trigger's is its author's, whatever it looks like. */
const BY_CODE: Readonly<Record<string, Text>> = {
  SQLITE_CONSTRAINT_UNIQUE: UNIQUE,
  SQLITE_CONSTRAINT_PRIMARYKEY: UNIQUE,
  SQLITE_CONSTRAINT_ROWID: UNIQUE,
  SQLITE_CONSTRAINT_NOTNULL: NOT_NULL,
  SQLITE_CONSTRAINT_CHECK: CHECK,
};

/** `cannot store TEXT value in INTEGER column t.c`, of STRICT tables. */
const DATATYPE = /cannot store \w+ value in \w+ column (.+)$/s;

/** Where a CHECK has no name, SQLite gives its expression, which is SQL and no name. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/**
 * Reads the names out of a message.
 *
 * The last text in it counts: what Knex and others put in front is the statement with its values, which a user of
 * the application can have chosen.
 */
export function readConstraint(code: string, message: string): ConstraintDetails {
  const none = { code, table: undefined, columns: [], constraint: undefined };
  if (code === 'SQLITE_CONSTRAINT_DATATYPE') {
    const column = DATATYPE.exec(message)?.[1];
    return column === undefined ? none : { ...none, ...columnsOf(column) };
  }
  const text = code === 'SQLITE_CONSTRAINT' ? lastText(message) : BY_CODE[code];
  const at = text === undefined ? -1 : message.lastIndexOf(text.start);
  if (text === undefined || at < 0) return none;
  const exact = { ...none, code: code === 'SQLITE_CONSTRAINT' ? text.code : code };
  const names = message.slice(at + text.start.length);
  if (text === FOREIGN_KEY) return exact;
  if (text === CHECK) return { ...exact, constraint: IDENTIFIER.test(names) ? names : undefined };
  const index = text === UNIQUE ? /^index '(.*)'$/s.exec(names)?.[1] : undefined;
  return index === undefined ? { ...exact, ...columnsOf(names) } : { ...exact, constraint: index };
}

/** The text that stands last in a message. */
function lastText(message: string): Text | undefined {
  return TEXTS.filter(({ start }) => message.includes(start)).toSorted(
    (a, b) => message.lastIndexOf(b.start) - message.lastIndexOf(a.start),
  )[0];
}

/** Reads `table.first, table.second`. A dot or comma may be part of a name: what all columns share is the table. */
function columnsOf(names: string): { table: string | undefined; columns: string[] } {
  const parts = names.split(', ');
  const first = parts[0] ?? '';
  for (let dot = first.lastIndexOf('.'); dot > 0; dot = first.lastIndexOf('.', dot - 1)) {
    const prefix = first.slice(0, dot + 1);
    if (parts.every((part) => part.startsWith(prefix))) {
      return { table: first.slice(0, dot), columns: parts.map((part) => part.slice(prefix.length)) };
    }
  }
  return { table: undefined, columns: [] };
}
