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

export function open(path) {
  return new Database(path);
}
