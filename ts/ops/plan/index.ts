/**
 * How SQLite executes a query: the plan as a tree, what is bad about it, and indexes that would help.
 *
 * Nothing is executed unless it is asked for, and nothing is ever written to the database: indexes are tried on a copy
 * of its schema in memory.
 */
import { booleanOption, known } from '../../options';
import { isConnection, isPool, PLAIN_ROWS, type BulkDatabase } from '../bulk/target';
import { executeOn, executeOnPool, type ActualWork } from './actual';
import { suggestIndexes, type IndexSuggestion } from './advice';
import type { PlanNode, PlanRow } from './node';
import type { Ask } from './sample';
import { HAS_STATISTICS_SQL, Schema, SCHEMA_SQL, STATISTICS_SQL, type SchemaRow } from './schema';
import type { StatisticsRow } from './statistics';
import { problemOf, render, stepsOf, treeOf } from './tree';

export type { ActualWork } from './actual';
export type { IndexSuggestion } from './advice';
export type { PlanKind, PlanNode } from './node';

/** What gives the rows of a query: a pool, or a snapshot of one. */
export interface PlanReader {
  all(sql: string, params?: unknown, options?: object): Promise<unknown[]>;
}

/** A pool, as far as it matters. */
export interface PlanPool extends PlanReader {
  read<T>(fn: (snapshot: any) => Promise<T>): Promise<T>;
}

/** What {@link explainQuery} finds out besides the plan. */
export interface ExplainOptions {
  /** Executes the query, which must change nothing, and tells what SQLite has counted. Default false. */
  readonly execute?: boolean | undefined;
  /** Looks for indexes that would help. Default true. */
  readonly suggest?: boolean | undefined;
}

/** How SQLite executes a query. */
export interface QueryPlan {
  readonly sql: string;
  /** The outermost steps, in the order in which they are executed; joined tables are nested loops from first to last. */
  readonly nodes: readonly PlanNode[];
  /** Those that read everything, build an index or sort, wherever they stand. */
  readonly problems: readonly { readonly problem: string; readonly node: PlanNode }[];
  /** Indexes that would help: all of them together. */
  readonly suggestions: readonly IndexSuggestion[];
  /** Undefined unless `execute` was asked for. */
  readonly actual: ActualWork | undefined;
  /** The tree as text. */
  readonly text: string;
}

/**
 * Tells how a query is executed.
 *
 * @param params - What an execution takes as its arguments, or the only one of them. A connection needs none.
 * @throws What SQLite finds wrong with the query.
 */
export async function explainQuery(
  db: BulkDatabase | PlanPool,
  sql: string,
  params?: unknown,
  options: ExplainOptions = {},
): Promise<QueryPlan> {
  if (typeof sql !== 'string') throw new TypeError('Expected second argument to be a string');
  known(options, ['execute', 'suggest']);
  const execute = booleanOption(options, 'execute');
  const suggest = booleanOption(options, 'suggest', true);
  const source = sourceOf(db, params);
  const rows = await source.plan(sql);
  const schema = new Schema(await source.schema(), await source.statistics());
  const nodes = treeOf(rows, sql, schema);
  const problems = stepsOf(nodes).flatMap((node) => {
    const problem = problemOf(node);
    return problem === undefined ? [] : [{ problem, node }];
  });
  return {
    sql,
    nodes,
    problems,
    suggestions: suggest && problems.length > 0 ? await suggestIndexes(sql, schema, source.ask) : [],
    actual: execute ? await source.execute(sql) : undefined,
    text: render(nodes),
  };
}

interface Source {
  readonly ask: Ask;
  plan(sql: string): PlanRow[] | Promise<PlanRow[]>;
  schema(): SchemaRow[] | Promise<SchemaRow[]>;
  statistics(): StatisticsRow[] | Promise<StatisticsRow[]>;
  execute(sql: string): ActualWork | Promise<ActualWork>;
}

function sourceOf(db: unknown, params: unknown): Source {
  if (isConnection(db)) return ofConnection(db as ExplainingDatabase, params);
  if (isPool(db)) return ofPool(db as unknown as PlanPool, params);
  throw new TypeError('Expected first argument to be a connection or a pool');
}

/** Of better-sqlite3 since version 13. */
interface ExplainingDatabase extends BulkDatabase {
  explain(sql: string): unknown[];
}

function ofConnection(db: ExplainingDatabase, params: unknown): Source {
  const args = params === undefined ? [] : Array.isArray(params) ? (params as unknown[]) : [params];
  const all = (sql: string, values: readonly unknown[] = []): any[] =>
    db
      .prepare(sql)
      .safeIntegers(false)
      .all(...values);
  return {
    ask: async (sql) => all(sql)[0],
    // explain() takes no values for parameters, and SQLite then plans for any.
    plan: (sql) =>
      args.length === 0
        ? (db.explain(`QUERY PLAN ${sql}`) as PlanRow[]).map(plainRow)
        : (all(`EXPLAIN QUERY PLAN ${sql}`, args) as PlanRow[]),
    schema: () => all(SCHEMA_SQL),
    statistics: () => (all(HAS_STATISTICS_SQL)[0].n === 0 ? [] : all(STATISTICS_SQL)),
    execute: (sql) => executeOn(db, sql, args),
  };
}

function ofPool(pool: PlanPool, params: unknown): Source {
  const all = (sql: string, values?: unknown): Promise<any[]> => pool.all(sql, values, PLAIN_ROWS);
  return {
    ask: async (sql) => (await all(sql))[0],
    plan: (sql) => all(`EXPLAIN QUERY PLAN ${sql}`, params),
    schema: () => all(SCHEMA_SQL),
    statistics: async () => ((await all(HAS_STATISTICS_SQL))[0].n === 0 ? [] : all(STATISTICS_SQL)),
    execute: (sql) => executeOnPool(pool, sql, params),
  };
}

/** The numbers are bigints where the connection is set to that. */
const plainRow = ({ id, parent, notused, detail }: PlanRow): PlanRow => ({
  id: Number(id),
  parent: Number(parent),
  notused: Number(notused),
  detail,
});
