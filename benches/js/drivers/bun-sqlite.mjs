import { Database } from 'bun:sqlite';

/** Its name for arrays instead of objects is `values()`. */
export const raw = (statement) => ({ all: (...parameters) => statement.values(...parameters) });

/** What its users write for want of `pluck()`. */
export const pluck = (statement) => ({
  all: (...parameters) => statement.values(...parameters).map(([value]) => value),
});

export const safeIntegers = (statement) => statement.safeIntegers(true);
export const define = (db, name, fn) => db.function(name, fn);

export function open(path) {
  return new Database(path);
}
