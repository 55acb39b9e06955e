/**
 * What DROP TABLE and REPLACE do to other rows though the SQL does not say so: with foreign keys enforced, they delete
 * what refers to the rows where it says ON DELETE CASCADE, and clear its references where it says SET NULL or SET DEFAULT.
 *
 * Only statements that do not mean it are looked at: what DELETE does to references is in the schema.
 * See https://sqlite.org/foreignkeys.html#fk_actions.
 */
import { quoted, type Database } from '../../core';
import { FerroliteError } from '../../errors';
import { allows } from '../options';
import { newNamesOf, renamesIn, tableIn, type LostRows } from './rows';
import { lowerCase, sqlTokens, type SqlStatement } from '../folder/sql-statements';

interface Reference {
  readonly table: string;
  readonly columns: readonly string[];
  /** What the columns are set to, as SQL; none where the rows are deleted. */
  readonly cleared: readonly string[];
}

interface Counted extends Reference {
  /** The table that is referred to. */
  readonly parent: string;
  readonly before: number;
}

/** Columns that refer to less than before. */
export interface LostReferences extends LostRows {
  readonly columns: readonly string[];
}

/** What is lost besides what the statements name. */
export interface Lost {
  readonly rows: readonly LostRows[];
  readonly references: readonly LostReferences[];
}

/** Looks at the statements of a transaction while they are executed. */
export class References {
  readonly #db: Database;
  readonly #isEnforced: boolean;
  readonly #lost: Counted[] = [];
  /** Of REPLACE statements that follow each other: counting for each would take too long. */
  #open: { readonly parent: string; readonly counted: readonly Counted[] } | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#isEnforced = Number(db.pragma('foreign_keys', { simple: true })) === 1;
  }

  /** For a function, whose statements are known once it has executed them. @returns What to call with them. */
  around(): (statements: readonly SqlStatement[]) => Lost {
    const counted = this.#isEnforced ? this.#countedFor(undefined) : [];
    return (statements) => {
      const parents = new Set(statements.flatMap((statement) => deletedFrom(statement)?.parent ?? []));
      const newNames = newNamesOf(renamesIn(statements));
      const isMeant = (table: string): boolean =>
        statements.some(({ sql }) => updates(sql, lowerCase(table)));
      const lost = counted.filter(
        ({ table, parent, columns }) =>
          columns.length > 0 &&
          (parents.has(parent) || parents.has(newNames.get(parent) ?? parent)) &&
          !isMeant(table),
      );
      this.#lost.push(...lost);
      return this.lost(statements);
    };
  }

  during(statement: SqlStatement, execute: () => void): void {
    const { parent, isDropped } = (this.#isEnforced ? deletedFrom(statement) : undefined) ?? {};
    if (isDropped !== false || this.#open?.parent !== parent) this.#close();
    if (parent !== undefined) this.#open ??= { parent, counted: this.#countedFor(parent) };
    execute();
    if (isDropped === true) this.#close();
  }

  /**
   * What has not come back at the end.
   *
   * Where the table that was referred to is gone for good, clearing is all that is left to do.
   */
  lost(statements: Iterable<SqlStatement>): Lost {
    this.#close();
    const rows: LostRows[] = [];
    const references: LostReferences[] = [];
    if (this.#lost.length === 0) return { rows, references };
    const renames = renamesIn(statements);
    const newNames = newNamesOf(renames);
    for (const each of this.#lost) {
      const { columns, parent, before } = each;
      const newName = newNames.get(lowerCase(each.table));
      const table = newName !== undefined && this.#exists(newName) ? newName : each.table;
      const after = this.#count({ ...each, table });
      if (after === undefined || after >= before) continue;
      // It may have been renamed before it was dropped.
      const isThere = this.#exists(parent) || this.#exists(renames.get(parent) ?? parent);
      if (columns.length === 0) rows.push({ table, before, after });
      else if (isThere) references.push({ table, columns, before, after });
    }
    return { rows, references };
  }

  #close(): void {
    const counted = this.#open?.counted ?? [];
    this.#open = undefined;
    this.#lost.push(...counted.filter((each) => (this.#count(each) ?? each.before) < each.before));
  }

  /** @param parent - Undefined: of all tables. */
  #countedFor(parent: string | undefined): Counted[] {
    return this.#references()
      .filter((each) => parent === undefined || each.parent === parent)
      .map(({ table, columns, cleared, parent: refersTo }) => ({
        table,
        columns,
        cleared,
        parent: refersTo,
        before: this.#count({ table, columns, cleared }) ?? 0,
      }));
  }

  #references(): (Reference & { readonly parent: string })[] {
    const rows = this.#db
      .prepare(
        `SELECT tables.name, key.id, key."from", key."table" AS parent, key.on_delete,
           (SELECT dflt_value FROM pragma_table_xinfo(tables.name, 'main') WHERE name = key."from" COLLATE NOCASE)
         FROM pragma_table_list AS tables JOIN pragma_foreign_key_list(tables.name, 'main') AS key
         WHERE tables.schema = 'main' AND tables.type = 'table' AND key.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
         ORDER BY tables.name, key.id, key.seq`,
      )
      .safeIntegers(false)
      .raw()
      .all() as [string, number, string, string, string, string | null][];
    const keys = new Map<string, { table: string; columns: string[]; cleared: string[]; parent: string }>();
    for (const [table, id, column, refersTo, action, value] of rows) {
      const parent = lowerCase(refersTo);
      const key = keys.get(`${id} ${table}`) ?? { table, columns: [], cleared: [], parent };
      keys.set(`${id} ${table}`, key);
      if (action === 'CASCADE') continue;
      key.columns.push(column);
      key.cleared.push(action === 'SET DEFAULT' ? (value ?? 'NULL') : 'NULL');
    }
    return [...keys.values()];
  }

  #exists(table: string): boolean {
    return this.#db.prepare("SELECT 1 FROM pragma_table_info(?, 'main')").pluck().get(table) !== undefined;
  }

  /** The rows that are there, and not as if what they refer to was deleted; undefined where there are no such columns. */
  #count({ table, columns, cleared }: Reference): number | undefined {
    const names = this.#db.prepare("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(table);
    const known = new Set(names.map((name) => lowerCase(String(name))));
    if (names.length === 0 || !columns.every((column) => known.has(lowerCase(column)))) return undefined;
    const conditions = columns.map((column, index) => `${quoted(column)} IS NOT (${cleared[index]})`);
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' OR ')}`;
    const sql = `SELECT count(*) FROM main.${quoted(table)}${where}`;
    return this.#db.prepare(sql).safeIntegers(false).pluck().get() as number;
  }
}

interface DeletedFrom {
  readonly parent: string;
  readonly isDropped: boolean;
}

/** The table whose rows a statement deletes while it stays, or comes again: by DROP TABLE, or REPLACE. */
function deletedFrom({ sql }: SqlStatement): DeletedFrom | undefined {
  // Most have neither word, and some are long.
  if (!/\b(?:DROP|REPLACE)\b/i.test(sql)) return undefined;
  const tokens = sqlTokens(sql);
  const words = tokens.map((token) => token.toUpperCase());
  if (words[0] === 'DROP' && words[1] === 'TABLE') {
    return { parent: tableIn(tokens, words[2] === 'IF' ? 4 : 2), isDropped: true };
  }
  if (!['INSERT', 'REPLACE', 'UPDATE', 'WITH'].includes(words[0] ?? '')) return undefined;
  const at = words.findIndex(
    (word, index) => word === 'REPLACE' && (words[index + 1] === 'INTO' || words[index - 2] === 'UPDATE'),
  );
  if (at < 0) return undefined;
  return { parent: tableIn(tokens, words[at + 1] === 'INTO' ? at + 2 : at + 1), isDropped: false };
}

/** Whether SQL says UPDATE of a table. */
function updates(sql: string, table: string): boolean {
  const tokens = sqlTokens(sql);
  const words = tokens.map((token) => token.toUpperCase());
  return words.some(
    (word, index) =>
      word === 'UPDATE' && tableIn(tokens, index + (words[index + 1] === 'OR' ? 3 : 1)) === table,
  );
}

/** @throws {FerroliteError} `FERROLITE_MIGRATION_ROWS` unless `allowed` has the tables of all of `lost`. */
export function refuseLostReferences(
  name: string,
  lost: readonly LostReferences[],
  allowed: boolean | readonly string[],
): void {
  const refused = lost.filter(({ table }) => !allows(allowed, table));
  if (refused.length === 0) return;
  const what = refused
    .map(
      ({ table, columns, before, after }) => `"${table}" (${columns.join(', ')}) from ${before} to ${after}`,
    )
    .join(', ');
  throw new FerroliteError(
    `The migration "${name}" clears references that its SQL does not name: ${what}. With foreign keys enforced, DROP TABLE ` +
      'and REPLACE do so to what refers to the rows (ON DELETE SET NULL, SET DEFAULT): write PRAGMA foreign_keys = OFF into the ' +
      'migration, or allow it with the "allowRowLoss" option',
    'FERROLITE_MIGRATION_ROWS',
  );
}
