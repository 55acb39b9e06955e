// The delay of the event loop while a query of one second runs.
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { openWay, prepareFile } from './ways.mjs';

const COUNT =
  'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?) SELECT count(*) AS n FROM n';
const QUERY_MS = 1000;
const PROBE = 500_000;
/** The timer that measures; a loop with nothing to do shows about this. */
const RESOLUTION_MS = 1;
/** Nothing: the same second without a query. */
export const IDLE = 'nothing';

/** How many rows SQLite counts in a second here, from the fastest of some tries. */
async function calibrate(opened) {
  let fastest = Infinity;
  for (let done = 0; done < 5; done++) {
    const started = performance.now();
    await opened.all(COUNT, [PROBE]);
    fastest = Math.min(fastest, performance.now() - started);
  }
  return Math.round((PROBE * QUERY_MS) / fastest);
}

/** A histogram that has seen one tick and recorded none: then the ticks in it are those of the query alone. */
async function monitored() {
  for (;;) {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    const enough = performance.now() + RESOLUTION_MS * 1.5;
    while (performance.now() < enough) await immediate();
    if (histogram.count === 0) return histogram;
    histogram.disable();
  }
}

export async function run(home, { way }) {
  const file = join(home, 'delay.db');
  await prepareFile(way, file, (db) => db.exec('CREATE TABLE t (v)'));
  const opened = way === IDLE ? undefined : await openWay(way, file);
  const limit = opened && (await calibrate(opened));
  globalThis.gc();
  const histogram = await monitored();
  const started = performance.now();
  await (opened ? opened.all(COUNT, [limit]) : sleep(QUERY_MS));
  const queryMs = performance.now() - started;
  // The tick that waited for the query comes after it.
  const ticks = histogram.count;
  while (histogram.count === ticks) await immediate();
  histogram.disable();
  await opened?.close();
  const ms = (ns) => ns / 1e6;
  return {
    queryMs,
    p50Ms: ms(histogram.percentile(50)),
    p99Ms: ms(histogram.percentile(99)),
    maxMs: ms(histogram.max),
  };
}
