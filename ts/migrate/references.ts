/**
 * References that are lost though the SQL does not say so: with foreign keys enforced, DROP TABLE and REPLACE set what
 * refers to the rows to NULL, where it says ON DELETE SET NULL.
 *
 * See https://sqlite.org/foreignkeys.html#fk_actions.
 */
import { quoted, type Database } from '../core';
import { FerroliteError } from '../errors';
import { renamesIn, tableIn } from './rows';
import { lowerCase, sqlTokens, type SqlStatement } from './sql-statements';

interface Reference {
  readonly table: string;
  readonly columns: readonly string[];
}

interface Lost extends Reference {
  /** The table that was referred to. */
  readonly parent: string;
  readonly before: number;
}

/** A column that refers to less than before. */
export interface LostReferences {
  readonly table: string;
  readonly columns: readonly string[];
  readonly before: number;
  readonly after: number;
}

/** Looks at the statements of a transaction while they are executed. */
export class References {
  readonly #db: Database;
  readonly #isEnforced: boolean;
  readonly #lost: Lost[] = [];

  constructor(db: Database) {
    this.#db = db;
    this.#isEnforced = Number(db.pragma('foreign_keys', { simple: true })) === 1;
  }

  during(statement: SqlStatement, execute: () => void): void {
    const parent = this.#isEnforced ? deletedFrom(statement) : undefined;
    if (parent === undefined) {
      execute();
      return;
    }
    const before = this.#referencesTo(parent).map(({ table, columns }) => ({
      table,
      columns,
      parent,
      before: this.#count({ table, columns }) ?? 0,
    }));
    execute();
    this.#lost.push(...before.filter((each) => (this.#count(each) ?? each.before) < each.before));
  }

  /**
   * What has not come back at the end.
   *
   * Where the table that was referred to is gone for good, NULL is all that is left to say.
   */
  lost(statements: Iterable<SqlStatement>): LostReferences[] {
    if (this.#lost.length === 0) return [];
    const renames = renamesIn(statements);
    const newNames = new Map([...renames].map(([to, from]) => [from, to]));
    return this.#lost.flatMap(({ table, columns, parent, before }) => {
      // It may have been renamed before it was dropped.
      if (!this.#exists(parent) && !this.#exists(renames.get(parent) ?? parent)) return [];
      const found =
        this.#count({ table, columns }) ?? this.#count({ table: newNames.get(table) ?? table, columns });
      return found === undefined || found >= before ? [] : [{ table, columns, before, after: found }];
    });
  }

  #referencesTo(parent: string): Reference[] {
    const rows = this.#db
      .prepare(
        `SELECT tables.name, key.id, key."from", key."table" AS parent
         FROM pragma_table_list AS tables JOIN pragma_foreign_key_list(tables.name, 'main') AS key
         WHERE tables.schema = 'main' AND tables.type = 'table' AND key.on_delete IN ('SET NULL', 'SET DEFAULT')
         ORDER BY tables.name, key.id, key.seq`,
      )
      .safeIntegers(false)
      .raw()
      .all() as [string, number, string, string][];
    const keys = new Map<string, { table: string; columns: string[] }>();
    for (const [table, id, column, refersTo] of rows) {
      if (lowerCase(refersTo) !== parent) continue;
      const key = keys.get(`${id} ${table}`) ?? { table: lowerCase(table), columns: [] };
      key.columns.push(column);
      keys.set(`${id} ${table}`, key);
    }
    return [...keys.values()];
  }

  #exists(table: string): boolean {
    return this.#db.prepare("SELECT 1 FROM pragma_table_info(?, 'main')").pluck().get(table) !== undefined;
  }

  /** The rows that refer to something; undefined where there are no such columns. */
  #count({ table, columns }: Reference): number | undefined {
    const names = this.#db.prepare("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(table);
    const known = new Set(names.map((name) => lowerCase(String(name))));
    if (!columns.every((column) => known.has(lowerCase(column)))) return undefined;
    const isSet = columns.map((column) => `${quoted(column)} IS NOT NULL`).join(' AND ');
    const sql = `SELECT count(*) FROM main.${quoted(table)} WHERE ${isSet}`;
    return this.#db.prepare(sql).safeIntegers(false).pluck().get() as number;
  }
}

/** The table whose rows a statement deletes while it stays, or comes again: by DROP TABLE, or REPLACE. */
function deletedFrom({ sql }: SqlStatement): string | undefined {
  const tokens = sqlTokens(sql);
  const words = tokens.map((token) => token.toUpperCase());
  if (words[0] === 'DROP' && words[1] === 'TABLE') return tableIn(tokens, words[2] === 'IF' ? 4 : 2);
  if (!['INSERT', 'REPLACE', 'UPDATE', 'WITH'].includes(words[0] ?? '')) return undefined;
  const at = words.findIndex(
    (word, index) => word === 'REPLACE' && (words[index + 1] === 'INTO' || words[index - 2] === 'UPDATE'),
  );
  return at < 0 ? undefined : tableIn(tokens, words[at + 1] === 'INTO' ? at + 2 : at + 1);
}

/** @throws {FerroliteError} `FERROLITE_MIGRATION_ROWS` unless `allowed` has the tables of all of `lost`. */
export function refuseLostReferences(
  name: string,
  lost: readonly LostReferences[],
  allowed: boolean | readonly string[],
): void {
  if (allowed === true) return;
  const refused = lost.filter(
    ({ table }) => allowed === false || !allowed.some((each) => lowerCase(each) === table),
  );
  if (refused.length === 0) return;
  const what = refused
    .map(
      ({ table, columns, before, after }) => `"${table}" (${columns.join(', ')}) from ${before} to ${after}`,
    )
    .join(', ');
  throw new FerroliteError(
    `The migration "${name}" sets references to NULL that its SQL does not name: ${what}. With foreign keys enforced, DROP TABLE ` +
      'and REPLACE do so to what refers to the rows (ON DELETE SET NULL): write PRAGMA foreign_keys = OFF into the ' +
      'migration, or allow it with the "allowRowLoss" option',
    'FERROLITE_MIGRATION_ROWS',
  );
}
