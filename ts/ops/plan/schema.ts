/** The schema of a database, and a copy of it without any rows. */
import { Database as DatabaseClass } from '../../core/root';
import { quoted } from '../../core';
import { Statistics, type StatisticsRow } from './statistics';

/** A row of `sqlite_schema`. */
export interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

/** Tables first, then what is made of them. */
export const SCHEMA_SQL = `SELECT type, name, tbl_name, sql FROM main.sqlite_schema
  ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 ELSE 2 END, rowid`;
export const HAS_STATISTICS_SQL = "SELECT count(*) AS n FROM main.sqlite_schema WHERE name = 'sqlite_stat1'";
export const STATISTICS_SQL = 'SELECT tbl, idx, stat FROM main.sqlite_stat1 WHERE stat IS NOT NULL';

export type SchemaCopy = InstanceType<typeof DatabaseClass>;

export class Schema {
  readonly rows: readonly SchemaRow[];
  readonly statistics: Statistics;
  readonly #statisticsRows: readonly StatisticsRow[];

  constructor(rows: readonly SchemaRow[], statistics: readonly StatisticsRow[]) {
    this.rows = rows;
    this.#statisticsRows = statistics;
    this.statistics = new Statistics(statistics);
  }

  /** The table that a plan calls `name`: its own name, or an alias in the text of the query. */
  tableOf(name: string, sql: string): string | undefined {
    const tables = this.rows.filter(({ type }) => type === 'table').map((row) => row.name);
    const named = tables.find((table) => table.toLowerCase() === name.toLowerCase());
    if (named !== undefined) return named;
    if (this.rows.some((row) => row.type === 'view' && row.name.toLowerCase() === name.toLowerCase()))
      return undefined;
    return tables.find((table) => {
      const alias = String.raw`(?:^|[^\w.])["'\x60[]?(?:${escaped(table)}|${escaped(table.replaceAll('"', '""'))})["'\x60\]]?\s+(?:AS\s+)?["'\x60[]?${escaped(name)}(?!\w)`;
      return new RegExp(alias, 'iu').test(sql);
    });
  }

  /** An empty database with this schema and its statistics, in memory. */
  copy(): SchemaCopy {
    const copy = new DatabaseClass(':memory:');
    for (const { type, name, sql } of this.rows) {
      if (sql === null || type === 'trigger' || name.startsWith('sqlite_')) continue;
      try {
        copy.exec(sql);
      } catch {
        // It needs a function or module of the application; or belongs to a virtual table, which has made it.
      }
    }
    if (this.#statisticsRows.length > 0) {
      // Makes the table, which must not be created by hand.
      copy.exec('CREATE TABLE frl_analyzed (a); ANALYZE; DROP TABLE frl_analyzed; DELETE FROM sqlite_stat1');
      const add = copy.prepare('INSERT INTO sqlite_stat1 VALUES (?, ?, ?)');
      for (const { tbl, idx, stat } of this.#statisticsRows) add.run(tbl, idx, stat);
      copy.exec('ANALYZE sqlite_schema');
    }
    return copy;
  }
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** CREATE INDEX, for a table and columns with whatever names. */
export const createIndex = (name: string, table: string, columns: readonly string[]): string =>
  `CREATE INDEX ${quoted(name)} ON ${quoted(table)} (${columns.map(quoted).join(', ')})`;
