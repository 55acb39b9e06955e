/**
 * Indexes that would help a query.
 *
 * Nothing is guessed about what the planner would do: on a copy of the schema with its statistics, indexes on the
 * columns that the query names are created, with the statistics that a sample of the table gives them, and SQLite is
 * asked which of them it uses. Those are then made as short as the plan stays as good, and suggested only if the plan
 * with them alone is better.
 */
import { stepsOf, problemOf, render, treeOf } from './tree';
import type { PlanNode, PlanRow } from './node';
import { createIndex, type Schema, type SchemaCopy } from './schema';
import { Sample, type Ask } from './sample';

/** An index that would help. */
export interface IndexSuggestion {
  readonly table: string;
  readonly columns: readonly string[];
  /** The statement that creates it. */
  readonly sql: string;
  /** Indexes that could be dropped for it: their columns are the first of its own. */
  readonly replaces: readonly string[];
  /** The plan of the query with all that is suggested, as text. */
  readonly planAfter: string;
  /**
   * By what factor the estimated cost becomes smaller with all that is suggested. Undefined where nothing but sorting is
   * saved, of which SQLite does not tell the cost.
   */
  readonly estimatedGain: number | undefined;
}

/** Columns of one table that are tried: with eight there are 64 indexes. */
const MOST_COLUMNS = 8;
/** A smaller gain is within the error of the estimates. */
const LEAST_GAIN = 1.1;
const CANDIDATE = 'frl_candidate_';

interface Candidate {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
}

interface Plan {
  readonly nodes: readonly PlanNode[];
  readonly cost: number;
  readonly problems: number;
}

/** Answers nothing where the query cannot be compiled on a copy: it uses functions or tables of the connection alone. */
export async function suggestIndexes(sql: string, schema: Schema, ask: Ask): Promise<IndexSuggestion[]> {
  const copy = schema.copy();
  try {
    return await new Advisor(sql, schema, copy, ask).suggest();
  } finally {
    copy.close();
  }
}

class Advisor {
  readonly #sql: string;
  readonly #schema: Schema;
  readonly #copy: SchemaCopy;
  readonly #ask: Ask;
  readonly #samples = new Map<string, Sample>();

  constructor(sql: string, schema: Schema, copy: SchemaCopy, ask: Ask) {
    this.#ask = ask;
    this.#sql = sql;
    this.#schema = schema;
    this.#copy = copy;
  }

  async suggest(): Promise<IndexSuggestion[]> {
    let before: Plan;
    try {
      before = this.#plan();
    } catch {
      return [];
    }
    if (before.problems === 0) return [];
    const candidates = await this.#candidates();
    this.#create(candidates);
    let used = this.#settle(candidates);
    // One that was shortened may be worse than an index that is there.
    used = this.#settle(used.map((candidate) => this.#shortened(candidate)));
    const after = this.#plan();
    const factor = before.cost / after.cost;
    const gain = factor < LEAST_GAIN ? undefined : Math.round(factor * 10) / 10;
    // The planner has chosen it; a cheaper plan that still reads everything is not worth an index.
    if (used.length === 0 || after.problems >= before.problems) return [];
    const planAfter = render(after.nodes);
    return used.map((candidate) => this.#suggestion(candidate, used, planAfter, gain));
  }

  /** The plan on the copy as it is. */
  #plan(): Plan {
    // explain() executes without values for parameters.
    const rows = this.#copy.explain(`QUERY PLAN ${this.#sql}`) as unknown as PlanRow[];
    const nodes = treeOf(rows, this.#sql, this.#schema);
    const steps = stepsOf(nodes);
    const cost = steps.reduce((sum, { estimatedCost = 0 }) => sum + estimatedCost, 1);
    return { nodes, cost, problems: steps.filter((step) => problemOf(step) !== undefined).length };
  }

  /** Creates indexes as they are after ANALYZE, as far as a sample tells. */
  #create(indexes: readonly Candidate[]): void {
    for (const { name, table, columns } of indexes) {
      this.#copy.exec(createIndex(name, table, columns));
      const stat = this.#samples.get(table)?.statOf(columns, this.#schema.statistics.sizeOf(table));
      if (stat !== undefined)
        this.#copy.prepare('INSERT INTO sqlite_stat1 VALUES (?, ?, ?)').run(table, name, stat);
    }
    // Reads the statistics anew.
    this.#copy.exec('ANALYZE sqlite_schema');
  }

  /** Indexes on each column that the query may name, and on each two of one table. */
  async #candidates(): Promise<Candidate[]> {
    let number = 0;
    const candidate = (table: string, columns: readonly string[]): Candidate => {
      number += 1;
      return { name: `${CANDIDATE}${number}`, table, columns };
    };
    const tables = this.#tables().map((table) => ({ table, columns: this.#columns(table) }));
    for (const { table, columns } of tables) {
      const isAnalyzed = this.#schema.statistics.sizeOf(table) !== undefined;
      if (isAnalyzed && columns.length > 0)
        this.#samples.set(table, await Sample.of(table, columns, this.#ask));
    }
    return tables.flatMap(({ table, columns }) => {
      const pairs = columns.flatMap((first) =>
        columns.filter((second) => second !== first).map((second) => [first, second]),
      );
      const existing = this.#existing(table).map((index) => index.columns);
      return [...columns.map((column) => [column]), ...pairs]
        .filter((wanted) => !existing.some((own) => isStartOf(wanted, own)))
        .map((each) => candidate(table, each));
    });
  }

  /** The tables that the compiled query opens, also by way of views. */
  #tables(): string[] {
    const pages = new Set(
      (this.#copy.explain(this.#sql) as unknown as { opcode: string; p2: number; p3: number }[])
        .filter(({ opcode, p3 }) => (opcode === 'OpenRead' || opcode === 'OpenWrite') && p3 === 0)
        .map(({ p2 }) => p2),
    );
    const rows = this.#copy
      .prepare(
        `SELECT DISTINCT tbl_name AS name, rootpage AS page FROM sqlite_schema WHERE rootpage > 0
         AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .all() as { name: string; page: number }[];
    return [...new Set(rows.filter(({ page }) => pages.has(page)).map(({ name }) => name))];
  }

  /** The columns of a table whose names stand in the query, or in a view. */
  #columns(table: string): string[] {
    const views = this.#schema.rows.filter(({ type }) => type === 'view').map(({ sql }) => sql ?? '');
    const text = [this.#sql, ...views].join('\n').toLowerCase();
    const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
    const columns = this.#copy
      .prepare("SELECT name FROM pragma_table_xinfo(?) WHERE NOT (pk = 1 AND upper(type) = 'INTEGER')")
      .pluck()
      .all(table) as string[];
    return columns.filter((name) => words.has(name.toLowerCase())).slice(0, MOST_COLUMNS);
  }

  /** Drops what is not used, until what is left is what is used. */
  #settle(candidates: readonly Candidate[]): Candidate[] {
    let left = [...candidates];
    for (;;) {
      const names = new Set(stepsOf(this.#plan().nodes).map(({ index }) => index));
      const used = left.filter(({ name }) => names.has(name));
      const unused = left.filter(({ name }) => !names.has(name));
      for (const { name } of unused) this.#copy.exec(`DROP INDEX ${name}`);
      left = used;
      if (unused.length === 0) return left;
    }
  }

  /** With the first column alone, if that does as well. */
  #shortened(candidate: Candidate): Candidate {
    const { name, table, columns } = candidate;
    if (columns.length === 1) return candidate;
    const long = this.#plan();
    const shorter = { name: `${name}_short`, table, columns: columns.slice(0, 1) };
    this.#copy.exec(`DROP INDEX ${name}`);
    this.#create([shorter]);
    const short = this.#plan();
    if (short.problems <= long.problems && short.cost <= long.cost * LEAST_GAIN) return shorter;
    this.#copy.exec(`DROP INDEX ${shorter.name}`);
    this.#create([candidate]);
    return candidate;
  }

  #suggestion(
    { table, columns, name }: Candidate,
    all: readonly Candidate[],
    planAfter: string,
    estimatedGain: number | undefined,
  ): IndexSuggestion {
    const final = this.#freeName([table, ...columns].join('_'));
    // What is created is called otherwise than what was tried.
    const text = all.reduce(
      (plan, each) => plan.replaceAll(each.name, this.#freeName([each.table, ...each.columns].join('_'))),
      planAfter.replaceAll(name, final),
    );
    return {
      table,
      columns,
      sql: createIndex(final, table, columns),
      replaces: this.#prefixes(table, columns),
      planAfter: text,
      estimatedGain,
    };
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.#schema.rows.map(({ name }) => name.toLowerCase()));
    let name = wanted;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${wanted}_${number}`;
    return name;
  }

  /** Indexes, neither unique nor partial, whose columns are the first of `columns`. */
  #prefixes(table: string, columns: readonly string[]): string[] {
    return this.#existing(table)
      .filter((index) => !index.isUnique && index.columns.length < columns.length)
      .filter((index) => isStartOf(index.columns, columns))
      .map(({ name }) => name);
  }

  /** The indexes of a table that have all of its rows, those of its constraints included. */
  #existing(table: string): { name: string; isUnique: boolean; columns: (string | null)[] }[] {
    const indexes = this.#copy
      .prepare(
        `SELECT list.name AS name, "unique" AS isUnique,
           (SELECT json_group_array(name) FROM pragma_index_info(list.name)) AS columns
         FROM pragma_index_list(?) AS list WHERE NOT partial AND list.name NOT LIKE '${CANDIDATE}%'`,
      )
      .all(table) as { name: string; isUnique: number; columns: string }[];
    return indexes.map(({ name, isUnique, columns }) => ({
      name,
      isUnique: isUnique === 1,
      // The name of an expression is null.
      columns: JSON.parse(columns) as (string | null)[],
    }));
  }
}

const isStartOf = (start: readonly (string | null)[], columns: readonly (string | null)[]): boolean =>
  start.length <= columns.length && start.every((column, position) => column === columns[position]);
