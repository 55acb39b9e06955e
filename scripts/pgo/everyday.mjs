// What programs do all day: single rows, small results, scans, writes, and preparing.
import { BOOKS, LOANS, READERS, isbn } from './data.mjs';

const times = (count, action) => {
  for (let number = 0; number < count; number++) action(number);
};

/** Reads of one row, each in a read transaction of its own, or all in one. */
function lookups(db, { integer, word }) {
  const byId = db.prepare('SELECT id, name, mail, fee FROM reader WHERE id = ?');
  const byKey = db.prepare('SELECT * FROM book WHERE isbn = ?');
  const title = db.prepare('SELECT title FROM book WHERE id = @id').pluck();
  const tagged = db.prepare('SELECT EXISTS (SELECT 1 FROM tag WHERE book_id = ? AND word = ?)').raw();
  const some = (count) => {
    times(count, () => byId.get(1 + integer(READERS)));
    times(count / 2, () => byKey.get(isbn(1 + integer(BOOKS))));
    times(count / 2, () => title.get({ id: integer(BOOKS + 10) }));
    times(count / 4, () => tagged.get(1 + integer(BOOKS), word()));
  };
  some(12_000);
  db.transaction(some)(40_000);
}

/** Results of some dozens to some thousands of rows, in every form that rows have. */
function results(db, { integer, day }) {
  const ofReader = db.prepare(
    'SELECT id, book_id, day, days, fine FROM loan WHERE reader_id = ? ORDER BY day',
  );
  const page = db.prepare(
    'SELECT id, name, mail, joined, fee, note FROM reader WHERE id > ? ORDER BY id LIMIT 60',
  );
  const period = db.prepare('SELECT id, day FROM loan WHERE day BETWEEN ? AND ? LIMIT 90').raw();
  times(3000, () => ofReader.all(1 + integer(READERS)));
  times(3000, () => page.all(integer(READERS)));
  times(40, () => period.all(day(), '2024-12-31'));
  times(60, () => [...page.iterate(integer(READERS))].length);
  const numbers = db.prepare('SELECT a, b, c FROM sensor');
  const books = db.prepare('SELECT * FROM book');
  const covers = db.prepare('SELECT cover FROM book WHERE cover IS NOT NULL').pluck();
  const joined = db.prepare('SELECT * FROM loan JOIN reader ON reader.id = reader_id LIMIT 900').expand();
  times(12, () => numbers.all());
  times(4, () => numbers.safeIntegers().all());
  times(15, () => books.all());
  times(30, () => covers.all());
  times(5, () => joined.all());
}

/** Scans that keep no row, with the comparisons and functions of ordinary conditions. */
function scans(db) {
  for (const [count, sql] of [
    [20, 'SELECT count(*), sum(a), avg(b), max(c) FROM sensor WHERE a < 70 AND b % 3 = 1'],
    [20, "SELECT count(*), total(fine), min(day) FROM loan WHERE fine IS NOT NULL AND day >= '2015'"],
    [20, "SELECT count(*) FROM book WHERE title LIKE '%ra%' OR author GLOB 'k*'"],
    [
      8,
      'SELECT sum(length(title)), sum(upper(author) = author), sum(substr(title, 2, 3) > author) FROM book',
    ],
    [20, 'SELECT max(abs(weight - 0.5)), sum(round(weight, 2)), group_concat(shelf) FROM book'],
    [
      8,
      "SELECT count(coalesce(note, mail)), sum(instr(name, 'mi')), sum(CASE WHEN fee > 9 THEN 1 ELSE 0 END) FROM reader",
    ],
    [20, "SELECT sum(CAST(substr(isbn, 5) AS INTEGER)), sum(printf('%05d', pages) > '5') FROM book"],
    [20, "SELECT sum(strftime('%m', day) = '07'), sum(julianday(day)) FROM loan WHERE id < 3000"],
  ]) {
    const statement = db.prepare(sql);
    times(count, () => statement.get());
  }
}

/** Inserts, updates, upserts and deletes, each for itself and many in a transaction. */
function writes(db, { integer, word, words, bytes, random }) {
  const note = db.prepare('INSERT INTO journal (what, at) VALUES (?, ?)');
  const named = db.prepare(
    'INSERT INTO loan (book_id, reader_id, day, days) VALUES (@book, @reader, @day, @days)',
  );
  const count = db.prepare(
    "INSERT INTO counter VALUES (?, 1, 'x') ON CONFLICT (key) DO UPDATE SET hits = hits + 1, seen = excluded.seen",
  );
  const change = db.prepare('UPDATE book SET weight = ?, shelf = shelf + 1 WHERE id = ?');
  const cover = db.prepare('UPDATE book SET cover = ? WHERE id = ?');
  const rename = db.prepare('UPDATE reader SET name = ?, mail = ? WHERE id = ? RETURNING fee');
  const remove = db.prepare('DELETE FROM loan WHERE id = ?');
  const tag = db.prepare('INSERT OR REPLACE INTO tag VALUES (?, ?)');
  let renamed = 0;
  const one = (number) => {
    note.run(words(3), random());
    named.run({
      book: 1 + integer(BOOKS),
      reader: 1 + integer(READERS),
      day: '2025-01-01',
      days: number % 30,
    });
    count.run(word());
    change.run(random(), 1 + integer(BOOKS));
    tag.run(1 + integer(BOOKS), word());
    if (number % 4 === 0) cover.run(bytes(200), 1 + integer(BOOKS));
    if (number % 4 === 1) rename.all(words(2), `${renamed++}@example.org`, 1 + integer(READERS));
    if (number % 4 === 2) remove.run(1 + integer(LOANS));
  };
  const many = db.transaction((size) => times(size, one));
  times(1200, one);
  times(150, () => many(40));
  const bulk = db.prepare('INSERT INTO sensor VALUES (?, ?, ?)');
  db.transaction(() => times(30_000, (number) => bulk.run(number, number * 3, null)))();
  const undone = db.transaction(() => {
    many(20);
    throw new Error('undo');
  });
  times(10, () => {
    try {
      undone();
    } catch (error) {
      if (error.message !== 'undo') throw error;
    }
  });
  db.exec('DELETE FROM sensor WHERE rowid > 20000; UPDATE loan SET days = days + 1 WHERE days < 9');
}

/** SQL that is compiled for one execution. */
function preparing(db, { integer }) {
  const forms = [
    (n) => `SELECT id, name, mail FROM reader WHERE id = ${n}`,
    (n) =>
      `SELECT title, author FROM book WHERE shelf > ${n % 60} AND pages < ${n} ORDER BY pages DESC LIMIT 3`,
    (n) => `UPDATE reader SET fee = fee + ${n} WHERE id IN (${n}, ${n + 1})`,
    (n) => `INSERT INTO journal (what) VALUES ('entry ${n}')`,
    (n) => `DELETE FROM tag WHERE book_id = ${n} AND word = 'w${n}'`,
    (n) =>
      `SELECT count(*) AS n, max(l.day) FROM loan l JOIN reader r ON r.id = l.reader_id WHERE r.id = ${n} GROUP BY r.id`,
    (n) =>
      `SELECT b.title, (SELECT count(*) FROM loan WHERE book_id = b.id) FROM book b WHERE b.id = ${n} AND b.title <> 'a'`,
    (n) =>
      `SELECT id FROM book WHERE id IN (SELECT book_id FROM loan WHERE reader_id = ${n}) OR isbn = '${isbn(n)}'`,
    (n) =>
      `SELECT CASE WHEN ${n} > 3 THEN coalesce(NULL, 'a') ELSE lower('B') END || ${n} AS word, -${n} * 2.5`,
    (n) => `SELECT * FROM overdue WHERE id = ${n}`,
    (n) =>
      `SELECT name FROM reader WHERE mail = '${n}@example.org' UNION SELECT title FROM book WHERE id = ${n}`,
  ];
  times(6000, (number) => {
    const statement = db.prepare(forms[number % forms.length](1 + integer(1400)));
    if (statement.reader) statement.get();
    else statement.run();
  });
  times(60, (number) => {
    db.exec(`CREATE TABLE scratch${number} (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL DEFAULT 1.5, UNIQUE (a, b));
      CREATE INDEX scratch_by_b ON scratch${number} (b) WHERE b > 0; INSERT INTO scratch${number} (a) VALUES ('x'), ('y');
      ALTER TABLE scratch${number} ADD COLUMN c; ALTER TABLE scratch${number} RENAME COLUMN a TO d; DROP TABLE scratch${number}`);
    db.pragma('table_info(book)');
  });
}

export const everyday = { lookups, results, scans, writes, preparing };
