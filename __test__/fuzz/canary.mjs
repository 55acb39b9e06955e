// Databases of the fuzzer's own, which no other call can reach: whatever else goes on, also further up the stack,
// their answers are known. One of them is a file, which must hold what was committed and nothing else.
import assert from 'node:assert/strict';
import { isOpen } from './handles.mjs';
import { FILL, changingBytes } from './values.mjs';

const ROWS = 700;

export class Canary {
  #world;
  #Database;
  #path;
  #plain;
  #calling;
  #ledger;
  #same;
  /** Thrown by a function; it must come out as it is. */
  #failure = Object.freeze({ thrown: 'by a canary' });
  #count = 0;
  #insert;
  #commit;
  /** Whether a function of the calling database runs, which keeps that busy. */
  #isCalling = false;

  constructor(world, Database, path) {
    this.#world = world;
    this.#Database = Database;
    this.#path = path;
    this.#plain = new Database(':memory:');
    this.#calling = new Database(':memory:');
    const call = (name) => (value) => {
      this.#isCalling = true;
      try {
        world.userCode(name, undefined, () => undefined, { mayThrow: false });
      } finally {
        this.#isCalling = false;
      }
      return value;
    };
    const fn = call('canary function');
    this.#same = (value) => fn(value);
    this.#calling.function('same', this.#same);
    this.#calling.table('each', {
      columns: ['value'],
      *rows(first, last) {
        try {
          for (let value = first; value <= last; value += 1) yield [fn(value)];
        } finally {
          fn();
        }
      },
    });
    this.#calling.function('fail', (value) => {
      if (value === 4) throw this.#failure;
      return value;
    });
    this.#calling.aggregate('total', { start: 0, step: (sum, value) => fn(sum + value) });
    this.#ledger = new Database(path);
    this.#ledger.pragma('journal_mode = WAL');
    this.#ledger.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, text TEXT)');
    this.#insert = this.#ledger.prepare('INSERT INTO entries (text) VALUES (?)');
    this.#commit = this.#ledger.transaction((texts, fail) => {
      for (const text of texts) this.#insert.run(text);
      if (fail !== undefined) throw fail;
    });
  }

  /** Asks one of the questions whose answers are known. */
  ask() {
    const { choose, journal } = this.#world;
    const questions = ['echo', 'many', 'iterate', 'named', 'changing', 'commit', 'reopen'];
    if (!this.#isCalling) questions.push('function', 'table', 'aggregate', 'fail', 'register');
    const name = choose.pick(questions);
    journal.write(`canary ${name}`);
    this.#world.calls += 1;
    try {
      this[name]();
    } catch (error) {
      this.#world.report(`canary ${name}: ${error.stack}`);
    }
  }

  echo() {
    const { choose } = this.#world;
    const given = [
      choose.int(1e6) / 8,
      `text ${choose.int(1e9)} ${choose.pick(['é', '€', '😀', ''])}`,
      Buffer.alloc(choose.int(90), 7),
    ];
    const statement = this.#plain.prepare('SELECT ? AS a, ? AS b, ? AS c, 77 AS d').raw();
    assert.deepEqual(statement.get(...given), [...given, 77]);
    assert.deepEqual(statement.all(given), [[...given, 77]]);
  }

  many() {
    const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT i, 'row ' || i AS text FROM n`;
    const rows = this.#plain.prepare(sql).all();
    assert.equal(rows.length, ROWS);
    assert.deepEqual(rows.at(-1), { i: ROWS, text: `row ${ROWS}` });
  }

  /** Code runs between the rows, and between those that were fetched ahead. */
  iterate() {
    const world = this.#world;
    const seen = [];
    for (const value of this.#plain
      .prepare("SELECT value FROM json_each('[10, 20, 30, 40]')")
      .pluck()
      .iterate()) {
      seen.push(value);
      if (value === 20) world.userCode('between rows', undefined, () => undefined, { mayThrow: false });
    }
    assert.deepEqual(seen, [10, 20, 30, 40]);
  }

  /** Code runs while the parameters are read. */
  named() {
    const world = this.#world;
    const id = world.choose.int(1e6);
    const parameters = {
      a: `before ${id}`,
      get b() {
        return world.userCode('canary getter', undefined, () => `between ${id}`, { mayThrow: false });
      },
      c: `after ${id}`,
    };
    const statement = this.#plain.prepare('SELECT :a AS a, :b AS b, :c AS c').raw();
    assert.deepEqual(statement.get(parameters), [`before ${id}`, `between ${id}`, `after ${id}`]);
  }

  /** Bytes are taken away after they were read, before they are bound. */
  changing() {
    const { bytes, change } = changingBytes(this.#world.choose);
    const size = bytes.length;
    const parameters = {
      a: bytes,
      get b() {
        change();
        return 'b';
      },
    };
    const [a, b] = this.#plain.prepare('SELECT :a, :b').raw().get(parameters);
    assert.equal(b, 'b');
    assert.ok(a === null || a.length <= 2 * size + 8);
    assert.ok(a === null || a.every((byte) => byte === FILL || byte === 0), 'bytes of somebody else');
  }

  /** What is committed is there, what is rolled back is not. */
  commit() {
    const { choose } = this.#world;
    const texts = Array.from({ length: choose.int(3) }, (_, at) => `entry ${at}`);
    assert.equal(this.#ledger.inTransaction, false);
    if (choose.chance(0.3)) {
      const failure = new Error('rolled back');
      assert.throws(() => this.#commit(texts, failure), failure);
    } else {
      this.#commit(texts);
      this.#count += texts.length;
    }
  }

  function() {
    const id = this.#world.choose.int(1e6);
    const sql = 'SELECT same(?) AS a, same(column1) AS b FROM (VALUES (1), (2)) AS v';
    const text = `given ${id} é`;
    assert.deepEqual(this.#calling.prepare(sql).all(text), [
      { a: text, b: 1 },
      { a: text, b: 2 },
    ]);
  }

  table() {
    const rows = this.#calling.prepare('SELECT value, ? AS given FROM each(?, ?)').raw().all('x', 3, 6);
    assert.deepEqual(rows, [
      [3, 'x'],
      [4, 'x'],
      [5, 'x'],
      [6, 'x'],
    ]);
  }

  aggregate() {
    const sql = 'SELECT total(column1) AS sum FROM (VALUES (1), (2), (4))';
    assert.equal(this.#calling.prepare(sql).pluck().get(), 7);
  }

  /** A function throws in the middle of a table, whose generator then ends. */
  fail() {
    let thrown;
    try {
      this.#calling.prepare('SELECT fail(value) FROM each(?, ?)').all(3, 5);
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, this.#failure);
  }

  /** SQLite refuses to replace a function while a statement is in the middle of its rows. */
  register() {
    this.#calling.function('same', this.#same);
  }

  /** Closing gives back the file, whatever there still is of the connection. */
  reopen() {
    const path = `${this.#path}.other`;
    const db = new this.#Database(path);
    const statement = db.prepare('SELECT count(*) FROM sqlite_schema');
    assert.equal(statement.pluck().get(), 0);
    db.close();
    assert.equal(isOpen(path), false);
  }

  /** What is wrong with the file; closes everything. */
  close() {
    const count = this.#ledger.prepare('SELECT count(*) FROM entries').pluck().get();
    const check = this.#ledger.pragma('integrity_check', { simple: true });
    for (const database of [this.#plain, this.#calling, this.#ledger]) database.close();
    if (count !== this.#count) return `the ledger has ${count} entries in the place of ${this.#count}`;
    return check === 'ok' ? undefined : `the ledger is damaged: ${check}`;
  }
}
