/**
 * Tables that lose rows though the SQL does not say so: with foreign keys enforced, DROP TABLE deletes the rows that
 * refer to it, where they say ON DELETE CASCADE.
 *
 * See https://sqlite.org/foreignkeys.html#fk_schemacommands.
 */
import { quoted, type Database } from '../../core';
import { FerroliteError } from '../../errors';
import { allows } from '../options';
import { lowerCase, nameOf, sqlTokens, type SqlStatement } from '../folder/sql-statements';

/** The rows of every table, by its name. */
export type RowCounts = ReadonlyMap<string, number>;

/** Counts the rows of all ordinary tables but `without`. */
export function countRows(db: Database, without: readonly string[]): RowCounts {
  const names = db
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name`,
    )
    .pluck()
    .all() as string[];
  return new Map(
    names
      .filter((name) => !without.includes(name))
      .map((name) => {
        const sql = `SELECT count(*) FROM main.${quoted(name)}`;
        return [name, db.prepare(sql).safeIntegers(false).pluck().get() as number];
      }),
  );
}

/** What limits the rows that a SELECT gives. */
const SELECTIVE = new Set([
  'WHERE',
  'DISTINCT',
  'GROUP',
  'HAVING',
  'LIMIT',
  'EXCEPT',
  'INTERSECT',
  'JOIN',
  'IGNORE',
  'REPLACE',
]);

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly isPart: boolean;
}

/** What statements say about rows, by the names of tables. */
interface Said {
  /** Rows of it are deleted or replaced. */
  readonly deletes: ReadonlySet<string>;
  readonly drops: ReadonlySet<string>;
  /** Rows that are copied from one table to another. */
  readonly copies: readonly Copy[];
  /** New name to old name. */
  readonly renames: ReadonlyMap<string, string>;
}

/** The table that is named there, with a schema in front of it or not. */
export const tableIn = (tokens: readonly string[], index: number): string =>
  nameOf(tokens[index + 1] === '.' ? (tokens[index + 2] ?? '') : (tokens[index] ?? ''));

/** New names of tables, with their old ones. */
export const renamesIn = (statements: Iterable<Pick<SqlStatement, 'sql'>>): ReadonlyMap<string, string> =>
  said(statements).renames;

/** The other way round: old names with their new ones. */
export const newNamesOf = (renames: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...renames].map(([to, from]) => [from, to]));

function said(statements: Iterable<Pick<SqlStatement, 'sql'>>): Said {
  const deletes = new Set<string>();
  const drops = new Set<string>();
  const copies: Copy[] = [];
  const renames = new Map<string, string>();
  for (const { sql } of statements) {
    const tokens = sqlTokens(sql);
    const words = tokens.map((token) => token.toUpperCase());
    const tableAfter = (index: number): string => tableIn(tokens, index);
    if (words[0] === 'DROP' && words[1] === 'TABLE') drops.add(tableAfter(words[2] === 'IF' ? 4 : 2));
    if (words[0] === 'ALTER' && words[1] === 'TABLE') {
      const to = words.indexOf('RENAME');
      if (words[to + 1] === 'TO' && to > 0) renames.set(nameOf(tokens[to + 2] ?? ''), tableAfter(2));
    }
    // What a trigger or a view says, it does not do here.
    if (words[0] === 'CREATE' && words.slice(1, 4).some((word) => word === 'TRIGGER' || word === 'VIEW'))
      continue;
    words.forEach((word, index) => {
      if (word === 'FROM' && words[index - 1] === 'DELETE') deletes.add(tableAfter(index + 1));
      if (word === 'INTO' && words[index - 1] === 'REPLACE') deletes.add(tableAfter(index + 1));
      if (word === 'REPLACE' && words[index - 2] === 'UPDATE') deletes.add(tableAfter(index + 1));
    });
    const to = copiedTo(words);
    if (to === undefined || !words.includes('SELECT')) continue;
    const isPart = words.some((word) => SELECTIVE.has(word));
    words.forEach((word, index) => {
      if (word === 'FROM' || word === 'JOIN')
        copies.push({ from: tableAfter(index + 1), to: tableAfter(to), isPart });
    });
  }
  return { deletes, drops, copies, renames };
}

/** Whether there is a temporary schema, which looking into it would make. */
export const hasTemp = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM pragma_database_list WHERE name = 'temp'").get() !== undefined;

/** Where the name of the table stands that rows are copied to. */
function copiedTo(words: readonly string[]): number | undefined {
  if (!['INSERT', 'REPLACE', 'CREATE', 'WITH'].includes(words[0] ?? '')) return undefined;
  const into = words.indexOf('INTO');
  if (into >= 0) return into + 1;
  const table = words.indexOf('TABLE');
  if (table < 0) return undefined;
  return words[table + 1] === 'IF' ? table + 4 : table + 1;
}

/** Whether a part of the rows of `source`, and not all, comes to `target`, maybe by way of other tables. */
function isPartOf(copies: readonly Copy[], target: string, source: string): boolean {
  const seen = new Set<string>();
  const comes = (to: string, isPart: boolean): boolean =>
    copies
      .filter((copy) => copy.to === to && copy.from !== to)
      .some((copy) => {
        const isSome = isPart || copy.isPart;
        if (copy.from === source) return isSome;
        const key = `${isSome} ${copy.from}`;
        if (seen.has(key)) return false;
        seen.add(key);
        return comes(copy.from, isSome);
      });
  return comes(target, false);
}

const DELETES_ITSELF = /\bTRIGGER\b[^]*\b(?:DELETE|REPLACE)\b|\bCONFLICT\s+REPLACE\b/i;

/** Whether the rows have to be counted: nothing else in SQL deletes any. */
export function canLoseRows(db: Database, statements: readonly Pick<SqlStatement, 'sql'>[]): boolean {
  const { deletes, drops } = said(statements);
  if (deletes.size + drops.size > 0) return true;
  // Then INSERT and UPDATE do so too, where a trigger or the definition of a table says it.
  const schemas = ['main', ...(hasTemp(db) ? ['temp'] : [])];
  const definitions = schemas.flatMap(
    (schema) => db.prepare(`SELECT sql FROM ${schema}.sqlite_schema`).pluck().all() as (string | null)[],
  );
  return [...definitions, ...statements.map((each) => each.sql)].some((each) =>
    DELETES_ITSELF.test(each ?? ''),
  );
}

/** A table that has fewer rows. */
export interface LostRows {
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/**
 * The tables that have lost rows without the statements saying so.
 *
 * The rows of a table that is dropped for good are meant, and those of one that DELETE or REPLACE names. A table that is
 * built anew under its name keeps its rows, unless the copy says WHERE, DISTINCT or the like.
 */
export function lostRows(
  before: RowCounts,
  after: RowCounts,
  statements: Iterable<Pick<SqlStatement, 'sql'>>,
): LostRows[] {
  const { deletes, drops, copies, renames } = said(statements);
  const newNames = newNamesOf(renames);
  const counts = new Map([...after].map(([name, count]) => [lowerCase(name), count]));
  const lost: LostRows[] = [];
  for (const [table, count] of before) {
    const name = lowerCase(table);
    const renamed = newNames.get(name) ?? name;
    const isRebuilt = drops.has(name) || drops.has(renamed);
    const isPart = [name, renames.get(name) ?? name].some((target) =>
      [name, renamed].some((source) => isPartOf(copies, target, source)),
    );
    if (deletes.has(name) || (isRebuilt && isPart)) continue;
    const found = drops.has(name) ? counts.get(name) : (counts.get(name) ?? counts.get(renamed));
    if (found === undefined && drops.has(name)) continue;
    if ((found ?? 0) < count) lost.push({ table, before: count, after: found ?? 0 });
  }
  return lost;
}

/** @throws {FerroliteError} `FERROLITE_MIGRATION_ROWS` unless `allowed` has all of `lost`. */
export function refuseLostRows(
  name: string,
  lost: readonly LostRows[],
  allowed: boolean | readonly string[],
): void {
  const refused = lost.filter(({ table }) => !allows(allowed, table));
  if (refused.length === 0) return;
  const what = refused.map(({ table, before, after }) => `"${table}" from ${before} to ${after}`).join(', ');
  throw new FerroliteError(
    `The migration "${name}" deletes rows that its SQL does not name: ${what}. With foreign keys enforced, DROP TABLE and ` +
      'DELETE also delete what refers to the rows (ON DELETE CASCADE): write PRAGMA foreign_keys = OFF into the migration ' +
      '(functions export foreignKeys = false), or ' +
      'allow it with the "allowRowLoss" option',
    'FERROLITE_MIGRATION_ROWS',
  );
}
