import { DatabaseSync } from 'node:sqlite';

/** node:sqlite has no `transaction()`; this is the hand-written one its users need. */
class Database extends DatabaseSync {
  transaction(fn) {
    const begin = this.prepare('BEGIN');
    const commit = this.prepare('COMMIT');
    return (...args) => {
      begin.run();
      try {
        const result = fn(...args);
        commit.run();
        return result;
      } catch (error) {
        this.exec('ROLLBACK');
        throw error;
      }
    };
  }
}

export function raw(statement) {
  statement.setReturnArrays(true);
  return statement;
}

/** What its users write for want of `pluck()`. */
export function pluck(statement) {
  statement.setReturnArrays(true);
  return { all: (...parameters) => statement.all(...parameters).map(([value]) => value) };
}

export function safeIntegers(statement) {
  statement.setReadBigInts(true);
  return statement;
}

export const define = (db, name, fn) => db.function(name, fn);

export function open(path) {
  return new Database(path);
}
