// Reads a second of callers that each wait for their answer and ask again.
import { join } from 'node:path';
import { fillOpportunitiesTable } from '../opportunities-table.mjs';
import { openWay, prepareFile } from './ways.mjs';

const ROWS = 20_000;
const CALLERS = 16;
/** By name: SQL, and the parameters of one call. */
const QUERIES = {
  aggregate: ['SELECT stage, avg(annual_value) AS mean FROM opportunities GROUP BY stage', () => []],
  key: ['SELECT customer, stage FROM opportunities WHERE id = ?', (call) => [(call * 7919) % ROWS || 1]],
};

export async function run(home, { way, readers, query, durationMs }) {
  const file = join(home, 'reads.db');
  await prepareFile(way, file, (db) => fillOpportunitiesTable(db, ROWS));
  const opened = await openWay(way, file, { readers });
  const [sql, parametersOf] = QUERIES[query];
  let calls = 0;
  const ask = async (until) => {
    while (performance.now() < until) {
      await opened.all(sql, parametersOf((calls += 1)));
    }
  };
  const all = (ms) => {
    const until = performance.now() + ms;
    return Promise.all(Array.from({ length: CALLERS }, () => ask(until)));
  };
  await all(durationMs / 4);
  calls = 0;
  const started = performance.now();
  const usage = process.cpuUsage();
  await all(durationMs);
  const tookMs = performance.now() - started;
  const { user, system } = process.cpuUsage(usage);
  await opened.close();
  return { perSecond: (calls * 1000) / tookMs, coresUsed: (user + system) / 1000 / tookMs };
}
