/** How many different values columns have, by the first rows of their table. */
import { quoted } from '../../core';

/** Gives the first row of a query on the database. */
export type Ask = (sql: string) => Promise<Record<string, number>>;

/** Enough to tell a column of few values from one of many; read within milliseconds. */
const ROWS = 10_000;
/** With so many different values of all in the sample, the rest of the table has further ones. */
const NEARLY_ALL = 0.9;

export class Sample {
  readonly #rows: number;
  readonly #distinct: ReadonlyMap<string, number>;

  private constructor(rows: number, distinct: ReadonlyMap<string, number>) {
    this.#rows = rows;
    this.#distinct = distinct;
  }

  static async of(table: string, columns: readonly string[], ask: Ask): Promise<Sample> {
    const names = columns.map((column, position) => `${quoted(column)} AS c${position}`);
    const counts = columns.map((_, position) => `count(DISTINCT c${position}) AS d${position}`);
    const from = `SELECT ${names.join(', ')} FROM main.${quoted(table)} LIMIT ${ROWS}`;
    const row = await ask(`SELECT count(*) AS n, ${counts.join(', ')} FROM (${from})`);
    const distinct = columns.map((column, position) => [column, row[`d${position}`] ?? 1] as const);
    return new Sample(row['n'] ?? 0, new Map(distinct));
  }

  /** What ANALYZE would find for an index; undefined for an empty table. @param size - Rows of the table. */
  statOf(columns: readonly string[], size: number | undefined): string | undefined {
    if (size === undefined || this.#rows === 0) return undefined;
    let groups = 1;
    const perGroup = columns.map((column) => {
      const seen = Math.max(1, this.#distinct.get(column) ?? 1);
      const all = seen >= NEARLY_ALL * this.#rows ? (size * seen) / this.#rows : seen;
      groups = Math.min(size, groups * all);
      return Math.max(1, Math.round(size / groups));
    });
    return [size, ...perGroup].join(' ');
  }
}
