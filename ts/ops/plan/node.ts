/**
 * One step of a plan, read out of the line that SQLite describes it with.
 *
 * The lines are for people, and SQLite may word them otherwise in later versions: what is not recognised is kept as
 * text, with the kind `other`.
 *
 * @see https://sqlite.org/eqp.html
 */

export type PlanKind =
  /** All rows of a table or an index, one after the other. */
  | 'scan'
  /** The rows that a key or an index leads to. */
  | 'search'
  /** A temporary B-tree is filled, to sort, group or find duplicates. */
  | 'sort'
  /** A query within the query: a subquery, a view, a common table expression, a part of UNION. */
  | 'subquery'
  | 'other';

export interface PlanNode {
  /** SQLite's own line. */
  readonly detail: string;
  readonly kind: PlanKind;
  /** The name or alias of the table that is read. */
  readonly table: string | undefined;
  /** The index that is used; undefined also for the key of the table. */
  readonly index: string | undefined;
  /** What the index is searched with, such as `a=? AND b>?`. */
  readonly constraint: string | undefined;
  /** All rows of a table are read, or all entries of an index. */
  readonly fullScan: boolean;
  /** The index has all columns that are needed, and the table is not read. */
  readonly coveringIndex: boolean;
  /** SQLite makes the index anew for each execution, because there is none. */
  readonly automaticIndex: boolean;
  /** What a temporary B-tree is filled for: `ORDER BY`, `GROUP BY`, `DISTINCT`, `UNION`; undefined where there is none. */
  readonly temporaryBTree: string | undefined;
  /** It is executed for each row of what is around it. */
  readonly correlated: boolean;
  readonly virtualTable: boolean;
  /** SQLite's estimate of the work for one execution, in its own unit; undefined where it makes none. */
  readonly estimatedCost: number | undefined;
  /** Rows that one execution gives, by the statistics of ANALYZE; undefined without these. */
  readonly estimatedRows: number | undefined;
  readonly children: readonly PlanNode[];
}

/** A row of EXPLAIN QUERY PLAN. */
export interface PlanRow {
  readonly id: number;
  readonly parent: number;
  /** Ten times the binary logarithm of the cost, or 0. */
  readonly notused: number;
  readonly detail: string;
}

const READ =
  /^(SCAN|SEARCH) (.+?)(?: USING (.+?))?(?: VIRTUAL TABLE INDEX (.*?))?(?: \((.*)\))?(?: (?:LEFT|RIGHT|FULL)-JOIN)?$/s;
const USED = /^(AUTOMATIC )?(?:PARTIAL )?(COVERING )?INDEX(?: (.+))?$/s;
const TEMPORARY = /^USE TEMP B-TREE FOR (?:(?:LAST|RIGHT PART OF|LAST \d+) (?:TERMS? OF )?)?(.+)$/;
const COMPOUND = /^(UNION|EXCEPT|INTERSECT) USING TEMP B-TREE$/;
const SUBQUERY =
  /^(?:CORRELATED |REUSE )?(?:SCALAR SUBQUERY|LIST SUBQUERY|COMPOUND QUERY|LEFT-MOST SUBQUERY|CO-ROUTINE|MATERIALIZE|UNION|MERGE|RECURSIVE STEP|SETUP|SUBQUERY)/;

/** Not tables: what a subquery gives, and rows that are written in the query. */
const NO_TABLE = /^(?:CONSTANT ROW|\(.*\)|\d+-ROW VALUES CLAUSE|\d+ CONSTANT ROWS?)$/;

/** Reads one line. @param isTable - Whether a name is that of a table, and not of a view or a subquery. */
export function readDetail(
  detail: string,
  isTable: (name: string) => boolean,
): Omit<PlanNode, 'children' | 'estimatedCost' | 'estimatedRows'> {
  const plain = {
    detail,
    table: undefined,
    index: undefined,
    constraint: undefined,
    fullScan: false,
    coveringIndex: false,
    automaticIndex: false,
    temporaryBTree: undefined,
    correlated: detail.startsWith('CORRELATED '),
    virtualTable: false,
  };
  const read = READ.exec(detail);
  if (read !== null) return { ...plain, ...readTable(read, isTable) };
  const purpose = TEMPORARY.exec(detail)?.[1] ?? COMPOUND.exec(detail)?.[1];
  if (purpose !== undefined) return { ...plain, kind: 'sort', temporaryBTree: purpose };
  return { ...plain, kind: SUBQUERY.test(detail) ? 'subquery' : 'other' };
}

function readTable(read: RegExpExecArray, isTable: (name: string) => boolean) {
  const [, verb, table = '', using, virtual, constraint] = read;
  const isScan = verb === 'SCAN';
  const used = using === undefined ? undefined : USED.exec(using);
  const [, automatic, covering, index] = used ?? [];
  const virtualTable = virtual !== undefined;
  return {
    kind: isScan ? ('scan' as const) : ('search' as const),
    table: NO_TABLE.test(table) ? undefined : table,
    index: automatic === undefined ? index : undefined,
    constraint,
    fullScan: isScan && !virtualTable && !NO_TABLE.test(table) && isTable(table),
    coveringIndex: covering !== undefined,
    automaticIndex: automatic !== undefined,
    virtualTable,
  };
}
