// A round: one random database, of which the package and another driver are asked the same.
import { inspect, isDeepStrictEqual } from 'node:util';
import { shaped } from './oracles.mjs';
import { query } from './queries.mjs';
import { table, value } from './values.mjs';

const ENCODINGS = ['UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'];
const QUERIES = 24;
const SHAPES = { flat: 4, raw: 4, pluck: 1, expand: 1 };
const WAYS = { all: 5, get: 3, iterate: 2, some: 1 };
/** How many rows are taken; all of them where nothing is said. */
const TAKEN = { get: () => 1, some: (choose) => 1 + choose.int(3) };

/** What a call gave, comparable: drivers agree in messages, which are SQLite's. */
function outcome(call) {
  try {
    return { returned: call() };
  } catch (error) {
    return { threw: error.message };
  }
}

/** What the package answers. */
function answer(db, { sql, shape, isSafe, way, take }) {
  const statement = db.prepare(sql).safeIntegers(isSafe);
  if (shape !== 'flat') statement[shape]();
  if (way === 'all' || way === 'get') return statement[way]();
  const rows = [];
  for (const row of statement.iterate()) {
    rows.push(row);
    if (rows.length === take) break;
  }
  return rows;
}

/** What it must answer. */
function expected(oracle, { sql, shape, isSafe, way, take }) {
  const { columns, rows } = oracle.prepare(sql);
  const all = [];
  for (const row of rows()) {
    all.push(shaped(row, columns, shape, isSafe));
    if (all.length === take) break;
  }
  return way === 'get' ? all[0] : all;
}

/** The first difference, short. */
function differenceOf(ours, theirs) {
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    const at = ours.findIndex((each, index) => !isDeepStrictEqual(each, theirs[index]));
    if (at >= 0) return `at ${at}: ${differenceOf(ours[at], theirs[at])}`;
  }
  const show = (each) =>
    inspect(each, { depth: 3, maxArrayLength: 9, maxStringLength: 120, breakLength: Infinity });
  return `${show(ours).slice(0, 900)} instead of ${show(theirs).slice(0, 900)}`;
}

/** Whether keys stand in the same order; what is equal otherwise differs in nothing else. */
function sameOrder(ours, theirs) {
  const [one, other] = [ours, theirs].map((each) => (Array.isArray(each) ? each[0] : each));
  if (typeof one !== 'object' || one === null) return true;
  return isDeepStrictEqual(Object.keys(one), Object.keys(other));
}

/**
 * @param world - `Ours`, `Oracle`, and `calls`, which is counted up.
 * @returns The encoding, as the name of its kind.
 */
export function round(world, choose) {
  const encoding = choose.pick(ENCODINGS);
  const databases = [new world.Ours(':memory:', { detachStrings: choose.chance(0.2) }), new world.Oracle()];
  const log = [];
  /** Asks both, and compares. */
  const same = (what, ...calls) => {
    const [ours, theirs] = databases.map((db, index) => outcome(() => (calls[index] ?? calls[0])(db)));
    if (isDeepStrictEqual(ours, theirs) && sameOrder(ours.returned, theirs.returned)) return ours;
    const difference = differenceOf(ours.returned ?? ours, theirs.returned ?? theirs);
    throw new Error(`${encoding}: ${what}\n${difference}\nafter\n${log.join('\n').slice(0, 6000)}`);
  };
  const exec = (sql) => {
    log.push(sql);
    return same(sql, (db) => void db.exec(sql));
  };
  try {
    exec(`PRAGMA encoding = '${encoding}'`);
    const context = { isUtf8: encoding === 'UTF-8', columns: [], tables: [] };
    for (const name of ['t', 'u']) context.tables.push(...make(choose, context, name, exec, same));
    for (let count = 0; count < QUERIES && context.tables.length > 0; count += 1) {
      const way = choose.weighted(WAYS);
      const asked = {
        sql: query(choose, context),
        shape: choose.weighted(SHAPES),
        isSafe: choose.chance(0.4),
        way,
        take: TAKEN[way]?.(choose),
      };
      world.calls += 1;
      const what = `${way} ${asked.shape}${asked.isSafe ? ' bigints' : ''}: ${asked.sql.slice(0, 3000)}`;
      same(
        what,
        (db) => answer(db, asked),
        (db) => expected(db, asked),
      );
    }
  } finally {
    for (const db of databases) db.close();
  }
  return encoding;
}

/** A table with rows, and perhaps a view. @returns What can be asked. */
function make(choose, context, name, exec, same) {
  const made = table(choose, context, name);
  const [create, ...rest] = made.setup;
  // Some are refused, such as those with a constant that is no number for a STRICT column.
  if ('threw' in exec(create)) return [];
  for (const sql of rest) exec(sql);
  const { stored } = made;
  const insert = `INSERT INTO ${name} (id, ${stored.join(', ')}) VALUES (?${', ?'.repeat(stored.length)})`;
  for (let id = choose.pick([0, 1, 5, 20, 40]); id > 0; id -= 1) {
    const values = [BigInt(id), ...stored.map(() => value(choose))];
    same(
      insert,
      (db) => db.prepare(insert).run(values).changes,
      (oracle) => oracle.run(insert, values),
    );
  }
  if (!choose.chance(0.3)) return [made];
  const view = { ...made, name: `${name}_view`, columns: ['id', ...stored] };
  exec(`CREATE VIEW ${view.name} AS SELECT ${view.columns.join(', ')} FROM ${name}`);
  return [made, view];
}
