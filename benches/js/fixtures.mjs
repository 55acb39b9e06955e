// What a test's database costs: a fixture of ferrolite/testing beside migrating for each test and beside the usual copy.
//
// `node benches/js/fixtures.mjs '{"samples": 40, "directory": "/tmp"}'` prints one JSON object: milliseconds by way.
// The ways take turns, so that what else the machine does meets all of them.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { prepareTemplate, rollbackScope } from 'ferrolite/testing';

/** Time in which the test itself runs, and the copy for the next one is made. */
const TEST_MS = 25;
const TABLES = 20;
const ROWS = 1000;

const { samples, directory } = JSON.parse(process.argv[2]);
const home = mkdtempSync(join(directory, 'bench-fixtures-'));
const migrations = join(home, 'migrations');

/** A schema of 20 tables with indexes, and 20,000 rows of half a kilobyte: about 10 MB. */
function writeMigrations() {
  mkdirSync(migrations);
  for (let table = 0; table < TABLES; table++) {
    const name = `t${table}`;
    const sql = `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, body TEXT, at INTEGER);
CREATE INDEX ${name}_name ON ${name} (name);
CREATE INDEX ${name}_at ON ${name} (at);
INSERT INTO ${name} (name, body, at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  SELECT 'name ' || i, hex(zeroblob(215)), i FROM n;`;
    writeFileSync(join(migrations, `${String(table).padStart(4, '0')}.sql`), sql);
  }
}

const QUERY = 'SELECT count(*) FROM t7';
const ask = (db) => {
  if (db.prepare(QUERY).pluck().get() !== ROWS) throw new Error('the fixture is not what was migrated');
};
const test = () => new Promise((resolve) => setTimeout(resolve, TEST_MS));

writeMigrations();
const template = await prepareTemplate({ migrations, directory: home });
const image = join(home, 'usual-template.db');
copyFileSync(template.path, image);
const statements = readdirSync(migrations)
  .toSorted()
  .map((name) => readFileSync(join(migrations, name), 'utf8'));
const shared = template.createDb();
let number = 0;

/** Each gives what ends it. The first query counts: before it nothing is read. */
const ways = {
  copy() {
    const fixture = template.createDb();
    ask(fixture.db);
    return () => fixture.close();
  },
  memory() {
    const fixture = template.createDb({ memory: true });
    ask(fixture.db);
    return () => fixture.close();
  },
  rollback() {
    const scope = rollbackScope(shared.db);
    ask(shared.db);
    return () => scope.rollback();
  },
  copyFileSync() {
    const path = join(home, `sqlite-${(number += 1)}.db`);
    copyFileSync(image, path);
    const db = new Database(path);
    ask(db);
    return () => {
      db.close();
      rmSync(path);
    };
  },
  migrate() {
    const path = join(home, `migrated-${(number += 1)}.db`);
    const db = new Database(path);
    db.pragma('synchronous = off');
    for (const sql of statements) db.exec(sql);
    ask(db);
    return () => {
      db.close();
      rmSync(path);
    };
  },
};

const openMs = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
const closeMs = structuredClone(openMs);
for (let round = -2; round < samples; round++) {
  for (const [name, make] of Object.entries(ways)) {
    const started = performance.now();
    const end = make();
    const opened = performance.now();
    await test();
    const ending = performance.now();
    end();
    const ended = performance.now();
    // The first rounds warm up: the copy ahead begins with the second.
    if (round < 0) continue;
    openMs[name].push(opened - started);
    closeMs[name].push(ended - ending);
  }
}
shared.close();
const bytes = statSync(template.path).size;
rmSync(home, { recursive: true, force: true });
console.log(JSON.stringify({ templateBytes: bytes, openMs, closeMs }));
