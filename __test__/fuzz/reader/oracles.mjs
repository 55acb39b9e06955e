// Other drivers, each reduced to what both can do: rows as arrays with integers as bigints, and the columns.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** node:sqlite; undefined where it is missing or gives no arrays. */
function ofNode() {
  let DatabaseSync;
  try {
    ({ DatabaseSync } = require('node:sqlite'));
  } catch {
    return undefined;
  }
  return class {
    static driver = 'node:sqlite';

    #db = new DatabaseSync(':memory:');

    static get isUsable() {
      return 'setReturnArrays' in new DatabaseSync(':memory:').prepare('SELECT 1');
    }

    exec(sql) {
      this.#db.exec(sql);
    }

    run(sql, values) {
      return Number(this.#db.prepare(sql).run(...values).changes);
    }

    prepare(sql) {
      const statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return { columns: statement.columns(), rows: () => statement.iterate() };
    }

    close() {
      this.#db.close();
    }
  };
}

/** A driver with the interface of better-sqlite3. */
function ofDriver(name, Database) {
  return class {
    static driver = name;

    #db = new Database(':memory:');

    static isUsable = true;

    exec(sql) {
      this.#db.exec(sql);
    }

    run(sql, values) {
      return this.#db.prepare(sql).run(values).changes;
    }

    prepare(sql) {
      const statement = this.#db.prepare(sql).raw().safeIntegers();
      return { columns: statement.columns(), rows: () => statement.iterate() };
    }

    close() {
      this.#db.close();
    }
  };
}

function engineOf(Oracle) {
  const db = new Oracle();
  const [[version]] = [...db.prepare('SELECT sqlite_version()').rows()];
  db.close();
  return version;
}

/**
 * The driver to compare with. It must have the same engine: others differ in how they take blobs for texts and in more.
 * Without one, a second database of the package is asked row by row, which shows what depends on modes and batches alone.
 */
export function oracleFor(Ours) {
  const ours = ofDriver('the package itself, row by row', Ours);
  const others = [ofNode(), ofDriver('better-sqlite3', require('better-sqlite3'))];
  const version = engineOf(ours);
  return others.find((each) => each?.isUsable && engineOf(each) === version) ?? ours;
}

/** Adds a property, whatever its name. */
function define(target, key, value) {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function valueOf(value, isSafe) {
  if (typeof value === 'bigint') return isSafe ? value : Number(value);
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** A row as the package must give it. */
export function shaped(row, columns, shape, isSafe) {
  const values = row.map((value) => valueOf(value, isSafe));
  if (shape === 'raw') return values;
  if (shape === 'pluck') return values[0];
  const result = {};
  for (const [index, { name, table }] of columns.entries()) {
    if (shape === 'flat') {
      define(result, name, values[index]);
      continue;
    }
    const key = table ?? '$';
    if (!Object.hasOwn(result, key)) define(result, key, {});
    define(result[key], name, values[index]);
  }
  return result;
}
