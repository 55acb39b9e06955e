// CPU time of the main thread for 10,000 rows of 8 columns.
import { join } from 'node:path';
import { timeAwaited } from '../clock.mjs';
import { fillOpportunitiesTable, OPPORTUNITY_COLUMNS } from '../opportunities-table.mjs';
import { openWay, prepareFile } from './ways.mjs';

const ROWS = 10_000;
const SQL = `SELECT ${OPPORTUNITY_COLUMNS} FROM opportunities`;
/** Until V8 has compiled what reads rows. */
const WARM_UP = 10;

export async function run(home, { way, samples }) {
  const file = join(home, 'rows.db');
  await prepareFile(way, file, (db) => fillOpportunitiesTable(db, ROWS));
  const opened = await openWay(way, file);
  const read = async () => {
    const rows = await opened.all(SQL);
    if (rows.length !== ROWS) throw new Error(`${rows.length} rows`);
  };
  for (let done = 0; done < WARM_UP; done++) await read();
  const cpuMs = [];
  const wallMs = [];
  for (let done = 0; done < samples; done++) {
    const { cpuNs, wallNs } = await timeAwaited(read);
    cpuMs.push(cpuNs / 1e6);
    wallMs.push(wallNs / 1e6);
  }
  await opened.close();
  return { cpuMs, wallMs };
}
