/** What ANALYZE has found out: how many rows a table has, and how many a value of an index. */
import type { PlanNode } from './node';

/** A row of `sqlite_stat1`. */
export interface StatisticsRow {
  readonly tbl: string;
  readonly idx: string | null;
  readonly stat: string;
}

export class Statistics {
  readonly #tables = new Map<string, number>();
  readonly #indexes = new Map<string, readonly number[]>();

  constructor(rows: readonly StatisticsRow[]) {
    for (const { tbl, idx, stat } of rows) {
      const numbers = stat
        .split(' ')
        .map(Number)
        .filter((number) => Number.isInteger(number));
      if (numbers[0] === undefined) continue;
      // That of a partial index is smaller.
      this.#tables.set(tbl, Math.max(numbers[0], this.#tables.get(tbl) ?? 0));
      if (idx !== null) this.#indexes.set(idx, numbers);
    }
  }

  /** Rows of a table; undefined before ANALYZE. */
  sizeOf(table: string): number | undefined {
    return this.#tables.get(table);
  }

  /** Rows that one execution of a step gives. @param table - The table of the step, whatever its alias. */
  rowsOf(
    node: Pick<PlanNode, 'kind' | 'index' | 'constraint' | 'automaticIndex'>,
    table: string,
  ): number | undefined {
    const all = this.#tables.get(table);
    if (all === undefined) return undefined;
    if (node.kind === 'scan') return all;
    const terms = node.constraint?.split(' AND ') ?? [];
    const equal = terms.filter((term) => /[^<>]=\?$/.test(term)).length;
    const numbers = node.index === undefined ? undefined : this.#indexes.get(node.index);
    // The key of the table: one row.
    if (node.index === undefined) return equal > 0 && !node.automaticIndex ? 1 : undefined;
    const rows = numbers?.[equal];
    if (rows === undefined) return undefined;
    // As SQLite guesses: each bound of a range leaves a quarter.
    return Math.max(1, Math.round(rows / 4 ** (terms.length - equal)));
  }
}
