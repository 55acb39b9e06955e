// The modes of a statement as better-sqlite3 names them, for the drivers that have its methods.

export const raw = (statement) => statement.raw(true);
export const pluck = (statement) => statement.pluck(true);
export const safeIntegers = (statement) => statement.safeIntegers(true);
export const define = (db, name, fn) => db.function(name, fn);
