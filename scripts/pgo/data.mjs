// What the training works on: a library and its readers, made from a seed. Tables, shapes and
// values are not those of benches/js, so that no benchmark is measured on what it was trained with.
import { seededRandom } from '../../benches/js/random.mjs';

export const BOOKS = 4000;
export const READERS = 1500;
export const LOANS = 12_000;
const SYLLABLES = 'ba ke lo mi nu ra se ti vo wy zan dré ørk šil 文 сло plum quart'.split(' ');

const SCHEMA = `
  CREATE TABLE reader (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT UNIQUE, joined TEXT, fee REAL, note TEXT);
  CREATE TABLE book (
    id INTEGER PRIMARY KEY, isbn TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, pages INTEGER,
    weight REAL, cover BLOB, detail TEXT, shelf INTEGER DEFAULT 1 CHECK (shelf > 0)
  );
  CREATE INDEX book_by_author ON book (author, pages DESC);
  CREATE TABLE loan (
    id INTEGER PRIMARY KEY, book_id INTEGER NOT NULL REFERENCES book, reader_id INTEGER REFERENCES reader ON DELETE CASCADE,
    day TEXT NOT NULL, days INTEGER, fine REAL
  );
  CREATE INDEX loan_by_book ON loan (book_id);
  CREATE INDEX loan_by_reader_day ON loan (reader_id, day);
  CREATE TABLE tag (book_id INTEGER, word TEXT, PRIMARY KEY (book_id, word)) WITHOUT ROWID;
  CREATE TABLE counter (key TEXT PRIMARY KEY, hits INTEGER NOT NULL, seen TEXT) STRICT;
  CREATE TABLE sensor (a INTEGER, b INTEGER, c INTEGER);
  CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, at REAL DEFAULT (julianday('now')));
  CREATE TRIGGER loan_is_noted AFTER DELETE ON loan BEGIN INSERT INTO journal (what) VALUES ('returned ' || old.id); END;
  CREATE VIEW overdue AS
    SELECT loan.id, book.title, reader.name, loan.days FROM loan JOIN book ON book.id = book_id JOIN reader ON reader.id = reader_id
    WHERE loan.days > 28;`;

/** Repeatable values: `integer(n)` below n, `words(n)`, `bytes(n)`, `day()`, `pick(list)`. */
export function makeValues(seed) {
  const random = seededRandom(seed);
  const integer = (below) => Math.floor(random() * below);
  const pick = (list) => list[integer(list.length)];
  const word = () => Array.from({ length: 1 + integer(3) }, () => pick(SYLLABLES)).join('');
  const words = (count) => Array.from({ length: count }, word).join(' ');
  const bytes = (count) => Buffer.from(Array.from({ length: count }, () => integer(256)));
  const two = (number) => String(number).padStart(2, '0');
  const day = () => `20${two(10 + integer(15))}-${two(1 + integer(12))}-${two(1 + integer(28))}`;
  return { random, integer, pick, word, words, bytes, day };
}

export const isbn = (number) => `978-${String(number * 7907 + 13).padStart(9, '0')}`;

/** Creates all tables and fills them. */
export function fillLibrary(db, values) {
  const { random, integer, word, words, bytes, day } = values;
  const insertAll = (sql, count, row) => {
    const insert = db.prepare(sql);
    db.transaction(() => {
      for (let number = 1; number <= count; number++) insert.run(...row(number));
    })();
  };
  db.exec(SCHEMA);
  const authors = Array.from({ length: 300 }, () => words(2));
  insertAll('INSERT INTO reader VALUES (?, ?, ?, ?, ?, ?)', READERS, (id) => {
    return [id, words(2), `${word()}.${id}@example.org`, day(), random() * 50, integer(3) ? null : words(6)];
  });
  insertAll('INSERT INTO book VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', BOOKS, (id) => {
    const detail = { lang: word(), prices: [integer(90), random()], in: { stock: integer(5), hall: word() } };
    const cover = integer(4) ? null : bytes(20 + integer(400));
    const author = authors[integer(authors.length)];
    return [
      id,
      isbn(id),
      words(4),
      author,
      40 + integer(900),
      random(),
      cover,
      JSON.stringify(detail),
      1 + integer(60),
    ];
  });
  insertAll('INSERT INTO loan VALUES (?, ?, ?, ?, ?, ?)', LOANS, (id) => {
    return [
      id,
      1 + integer(BOOKS),
      1 + integer(READERS),
      day(),
      integer(60),
      integer(5) ? null : random() * 9,
    ];
  });
  insertAll('INSERT OR IGNORE INTO tag VALUES (?, ?)', BOOKS * 2, () => [1 + integer(BOOKS), word()]);
  insertAll('INSERT INTO sensor VALUES (?, ?, ?)', 20_000, () => [
    integer(100),
    integer(2 ** 31),
    2 ** 40 + integer(9),
  ]);
}
