// Calls that give the errors of maintenance, by their text in docs/errors.md.
import { closeSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import Database from 'ferrolite';
import {
  analyze,
  incrementalVacuum,
  locateDatabase,
  quickCheck,
  startMaintenance,
  vacuum,
  vacuumInto,
  type ScheduleOptions,
} from 'ferrolite/ops';
import { tempDb } from '../helpers/temp-db.mts';

const start = (options: object): unknown => startMaintenance(tempDb(), options as ScheduleOptions);

function made(): string {
  const path = tempDb();
  new Database(path).exec('CREATE TABLE t (v)').close();
  return path;
}

/** A database of 8 TiB, of which the disk has one page. */
function enormous(): string {
  const path = tempDb();
  new Database(path).exec('PRAGMA page_size = 65536; CREATE TABLE t (v)').close();
  const pages = 2 ** 27;
  truncateSync(path, pages * 65_536);
  const file = openSync(path, 'r+');
  const header = Buffer.alloc(4);
  header.writeUInt32BE(pages);
  // See https://sqlite.org/fileformat2.html#in_header_database_size.
  writeSync(file, header, 0, 4, 28);
  closeSync(file);
  return path;
}

export const maintenanceCalls: Readonly<Record<string, () => unknown>> = {
  'Maintenance writes to the database, but it was opened or named for reading only': () =>
    vacuum('file:a.db?mode=ro'),
  'Expected the "onProgress" option to be a function': () => vacuum(tempDb(), { onProgress: 7 as never }),
  'Expected the "table" option to be a string': () => quickCheck(tempDb(), { table: 7 as never }),
  'Expected the "name" option to be a string': () => analyze(tempDb(), { name: 7 as never }),
  [`Expected the "autoVacuum" option to be 'none', 'full' or 'incremental'`]: () =>
    vacuum(tempDb(), { autoVacuum: 'often' as never }),
  'Expected first argument to be a path': () => locateDatabase(5 as unknown as string),
  'Expected second argument to be a path': () => vacuumInto(tempDb(), ''),
  'Expected the "onRun" option to be a function': () => start({ onRun: 7 }),
  'Expected the "tasks" option to be an object of tasks': () => start({ tasks: 7 }),
  'Expected the task "<name>" to be false or an object with "everyMs"': () => start({ tasks: { vacuum: 7 } }),
  'Expected the task "<name>" to have "everyMs"': () => start({ tasks: { vacuum: {} } }),
  'Expected the "quietHours" option to be an object with "from" and "to"': () => start({ quietHours: 7 }),
  'Expected "<name>" of the quiet hours to be a time such as "02:00"': () =>
    start({ quietHours: { from: '2', to: '3' } }),
  'Expected "timeZone" of the quiet hours to be a time zone such as "Europe/Berlin"': () =>
    start({ quietHours: { from: '02:00', to: '03:00', timeZone: 'Mars' } }),
  FERROLITE_NOT_INCREMENTAL: () => incrementalVacuum(made()),
  FERROLITE_NO_SPACE: async () => {
    const path = enormous();
    try {
      await vacuum(path);
    } finally {
      rmSync(path);
    }
  },
  FERROLITE_FILE_EXISTS: () => {
    const path = tempDb();
    writeFileSync(path, '');
    return vacuumInto(made(), path);
  },
};
