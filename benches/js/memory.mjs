// What rows take: one process, one driver, one measure. Started by scripts/lib/bench/memory.mjs.
//
// Argument: `{ measure, driver, file }`; `fill` writes the file that the others read.
// Needs --expose-gc, and otherwise the flags of an application: how eagerly V8 collects is a part
// of the peak.
import { loadDriver, openEqually } from './drivers.mjs';
import { OPPORTUNITY_COLUMNS, fillOpportunitiesTable } from './opportunities-table.mjs';

const ALL_ROWS = 1_000_000;
const KEPT_ROWS = 200_000;
/** One row of so many is kept. */
const STRIDE = 1000;

/** Bytes of objects and of what hangs outside of V8's heap, with all garbage gone. */
async function usedBytes() {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc();
    // Finalizers of native memory run between the turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function prepare(db) {
  const statement = db.prepare(`SELECT ${OPPORTUNITY_COLUMNS} FROM opportunities LIMIT ?`);
  // Code and caches are there before anything is counted.
  for (let done = 0; done < 20; done++) statement.all(1000);
  return statement;
}

const measures = {
  fill(db) {
    fillOpportunitiesTable(db, ALL_ROWS);
    return {};
  },

  async kept(db) {
    const statement = prepare(db);
    const before = await usedBytes();
    const held = { rows: statement.all(KEPT_ROWS) };
    const all = await usedBytes();
    held.rows = held.rows.filter((_, index) => index % STRIDE === 0);
    const count = held.rows.length;
    const few = await usedBytes();
    held.rows = [];
    const none = await usedBytes();
    return {
      keptRow: (all - before) / KEPT_ROWS,
      oneOfMany: (few - none) / count,
      droppedRow: (none - before) / KEPT_ROWS,
    };
  },

  peak(db) {
    const statement = prepare(db);
    globalThis.gc();
    const before = process.memoryUsage().rss;
    const rows = statement.all(ALL_ROWS);
    if (rows.length !== ALL_ROWS) throw new Error(`${rows.length} rows`);
    return { peak: process.resourceUsage().maxRSS * 1024 - before };
  },
};

const { measure, driver, file } = JSON.parse(process.argv[2]);
const db = openEqually(await loadDriver(driver), file);
const result = await measures[measure](db);
db.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
