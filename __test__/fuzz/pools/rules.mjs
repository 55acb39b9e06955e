// What `ferrolite/pool` has: a new export, or a new method of what it gives, needs a line here and a step.

/** The functions and classes of the entry. */
export const EXPORTS = [
  'openPool',
  'getPool',
  'openFleet',
  'sql',
  'SqliteError',
  'FerroliteError',
  'FleetFailures',
];

const READS = ['all', 'get', 'iterate'];
const QUERIES = [...READS, 'run', 'exec', 'batch'];

/** The methods of each kind of object, and of `sql`. */
export const METHODS = {
  pool: [...QUERIES, 'transaction', 'read', 'function', 'stats', 'close'],
  transaction: [...QUERIES, 'transaction'],
  snapshot: READS,
  fleet: ['pool', 'list', 'forEach', 'exists', 'delete', 'function', 'stats', 'close'],
  fleetPool: [...QUERIES, 'transaction', 'read'],
  sql: ['join', 'identifier'],
};

/** Getters and the like, which are looked at after each round. */
const PROPERTIES = new Set([
  'isClosed',
  'readonly',
  'path',
  'name',
  'directory',
  'constructor',
  'length',
  'prototype',
]);

function namesOf(object) {
  const names = new Set();
  for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (holder === Object.prototype || holder === Function.prototype) break;
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  }
  return [...names];
}

/**
 * @param entry - The exports of `ferrolite/pool`.
 * @throws {Error} for a name that the fuzzer does not know, or that is no more.
 */
export async function checkSurface(entry, folder) {
  const fleet = entry.openFleet(folder);
  const pool = entry.openPool(`${folder}.db`);
  const objects = { pool, fleet, fleetPool: fleet.pool('one'), sql: entry.sql };
  await pool.transaction((tx) => void (objects.transaction = tx));
  await pool.read((snapshot) => void (objects.snapshot = snapshot));
  await Promise.all([pool.close(), fleet.close()]);
  const differences = [differenceOf('the entry', Object.keys(entry), EXPORTS)];
  for (const [kind, methods] of Object.entries(METHODS)) {
    const there = namesOf(objects[kind]).filter((name) => !PROPERTIES.has(name));
    differences.push(differenceOf(kind, there, methods));
  }
  const found = differences.filter(Boolean);
  if (found.length > 0) throw new Error(`the fuzzer of pools does not fit: ${found.join('; ')}`);
}

function differenceOf(what, there, known) {
  const unknown = there.filter((name) => !known.includes(name) && name !== '__esModule');
  const gone = known.filter((name) => !there.includes(name));
  if (unknown.length + gone.length === 0) return undefined;
  return `${what} has ${unknown.join(', ') || 'nothing'} more, and lacks ${gone.join(', ') || 'nothing'}`;
}
