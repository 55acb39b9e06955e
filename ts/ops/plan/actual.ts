/** What an execution really did. */
import { performance } from 'node:perf_hooks';
import { PLAIN_ROWS, type BulkDatabase, type BulkStatement } from '../bulk/target';
import type { PlanPool, PlanReader } from './index';

/** What SQLite has counted while it executed the query. */
export interface ActualWork {
  /** Rows that the query gave. */
  readonly rows: number;
  readonly durationMs: number;
  /** Steps of loops through whole tables; undefined where SQLite does not tell, as with better-sqlite3. */
  readonly fullScanSteps: number | undefined;
  /** How often rows were sorted. */
  readonly sorts: number | undefined;
  /** Rows that were put into automatic indexes. */
  readonly automaticIndexRows: number | undefined;
  /** Instructions of SQLite's virtual machine. */
  readonly vmSteps: number | undefined;
}

interface Counters {
  readonly nscan: number;
  readonly nsort: number;
  readonly naidx: number;
  readonly nstep: number;
}

const COUNTERS_SQL = 'SELECT nscan, nsort, naidx, nstep FROM sqlite_stmt WHERE sql = ?';

let executions = 0;

/** The query with a text that no other statement has, to find its counters by. */
function marked(sql: string): string {
  executions += 1;
  return `/* explainQuery ${executions} */ ${sql}`;
}

export function executeOn(db: BulkDatabase, sql: string, args: readonly unknown[]): ActualWork {
  const text = marked(sql);
  const statement = db.prepare(text) as BulkStatement & { readonly readonly: boolean };
  if (!statement.reader || !statement.readonly) throw changes();
  const since = performance.now();
  let rows = 0;
  for (const _ of statement.raw().iterate(...args)) rows += 1;
  const durationMs = performance.now() - since;
  return work(rows, durationMs, countersOf(db, text));
}

function countersOf(db: BulkDatabase, text: string): Counters | undefined {
  try {
    return (db.prepare(COUNTERS_SQL) as BulkStatement).safeIntegers(false).all(text)[0] as
      Counters | undefined;
  } catch {
    // Compiled without the table.
    return undefined;
  }
}

/** In a snapshot, where one thread executes both. */
export async function executeOnPool(pool: PlanPool, sql: string, params: unknown): Promise<ActualWork> {
  const text = marked(sql);
  return pool.read(async (snapshot: PlanReader) => {
    const since = performance.now();
    const rows = await snapshot.all(text, params, { ...PLAIN_ROWS, raw: true });
    const durationMs = performance.now() - since;
    const [counters] = (await snapshot.all(COUNTERS_SQL, [text], PLAIN_ROWS)) as Counters[];
    return work(rows.length, durationMs, counters);
  });
}

const work = (rows: number, durationMs: number, counters: Counters | undefined): ActualWork => ({
  rows,
  durationMs,
  fullScanSteps: counters?.nscan,
  sorts: counters?.nsort,
  automaticIndexRows: counters?.naidx,
  vmSteps: counters?.nstep,
});

const changes = (): TypeError =>
  new TypeError(
    'Only a query that changes nothing is executed to be explained: leave the "execute" option out',
  );
