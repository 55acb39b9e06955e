// Queries that make SQLite itself work: joins, groups, sorts, windows, JSON, search, and functions
// that JavaScript defines. Each part takes about the same time, so that none is thought of as rare.

const times = (count, action) => {
  for (let number = 0; number < count; number++) action(number);
};

/** Runs each query that many times, to its last row. */
function all(db, count, queries) {
  for (const sql of queries) {
    const statement = db.prepare(sql).raw();
    times(count, () => statement.all());
  }
}

const joins = (db) =>
  all(db, 4, [
    'SELECT r.name, count(*), sum(l.fine) FROM loan l JOIN reader r ON r.id = l.reader_id GROUP BY r.id',
    'SELECT b.author, avg(l.days) AS days FROM book b LEFT JOIN loan l ON l.book_id = b.id GROUP BY b.author HAVING days > 20',
    'SELECT shelf, count(DISTINCT author), max(pages) FROM book GROUP BY shelf ORDER BY 2 DESC',
    "SELECT strftime('%Y-%m', day) AS month, count(*) FROM loan GROUP BY month ORDER BY month",
    'SELECT t.word, count(*) FROM tag t JOIN book b ON b.id = t.book_id WHERE b.pages > 500 GROUP BY t.word ORDER BY 2 DESC LIMIT 9',
    'SELECT a.id, b.id FROM book a JOIN book b ON a.author = b.author AND a.pages > b.pages WHERE a.shelf = 7',
    'SELECT name FROM reader WHERE NOT EXISTS (SELECT 1 FROM loan WHERE reader_id = reader.id AND days > 50)',
    'SELECT a.a, count(*) FROM sensor a JOIN (SELECT DISTINCT a FROM sensor WHERE b % 7 = 0) d ON a.a = d.a GROUP BY a.a',
  ]);

const sorts = (db) =>
  all(db, 3, [
    'SELECT b, a FROM sensor ORDER BY b',
    'SELECT title, id FROM book ORDER BY title COLLATE NOCASE, id DESC',
    'SELECT id FROM loan ORDER BY fine DESC NULLS LAST, days, day LIMIT 500 OFFSET 20',
    'SELECT DISTINCT author, shelf FROM book',
    'SELECT book_id FROM loan WHERE days > 30 INTERSECT SELECT book_id FROM tag',
    'SELECT id FROM book EXCEPT SELECT book_id FROM loan',
    'SELECT author FROM book UNION SELECT name FROM reader ORDER BY 1',
    'SELECT c, a FROM sensor UNION ALL SELECT pages, shelf FROM book ORDER BY 1, 2',
  ]);

const windows = (db) =>
  all(db, 4, [
    'SELECT id, row_number() OVER (PARTITION BY author ORDER BY pages) FROM book',
    'SELECT id, sum(days) OVER (ORDER BY day ROWS 5 PRECEDING), lag(day) OVER (ORDER BY day) FROM loan WHERE id < 4000',
    'SELECT id, rank() OVER w, ntile(4) OVER w, first_value(title) OVER w FROM book WINDOW w AS (PARTITION BY shelf ORDER BY pages DESC)',
    `WITH RECURSIVE n (i, v) AS (SELECT 1, 1 UNION ALL SELECT i + 1, (v * 31 + 7) % 1009 FROM n WHERE i < 20000)
      SELECT v % 10, count(*) FROM n GROUP BY 1`,
    `WITH busy AS MATERIALIZED (SELECT reader_id, count(*) AS n FROM loan GROUP BY 1 HAVING n > 9)
      SELECT name, n FROM busy JOIN reader ON reader.id = reader_id ORDER BY n DESC`,
    'SELECT median(pages), percentile(weight, 90) FROM book',
  ]);

const json = (db) =>
  all(db, 5, [
    "SELECT detail ->> 'lang', json_extract(detail, '$.in.stock', '$.prices[1]') FROM book",
    "SELECT id FROM book WHERE detail -> '$.in' ->> 'stock' > 2 AND json_valid(detail)",
    "SELECT sum(p.value) FROM book, json_each(book.detail, '$.prices') p",
    "SELECT count(*), max(length(t.fullkey)) FROM book, json_tree(book.detail) t WHERE book.id < 1500 AND t.type <> 'object'",
    "SELECT json_group_array(json_object('id', id, 'title', title)) FROM book WHERE id < 2000",
    "SELECT sum(length(json_set(detail, '$.in.hall', 'new', '$.more', json_array(1, 2)))) FROM book",
    "SELECT sum(length(jsonb(detail))), sum(json_array_length(detail, '$.prices')) FROM book",
    "SELECT count(json_remove(json_patch(detail, '{\"lang\":null}'), '$.prices')) FROM book",
  ]);

function search(db, { word, words, integer }) {
  db.exec(`CREATE VIRTUAL TABLE find USING fts5 (title, author, note, tokenize = 'unicode61 remove_diacritics 2');
    INSERT INTO find SELECT title, author, detail FROM book`);
  const match = db.prepare(
    'SELECT rowid, bm25(find), snippet(find, 0, "[", "]", "…", 6) FROM find(?) ORDER BY rank LIMIT 20'.replaceAll(
      '"',
      "'",
    ),
  );
  times(150, (number) =>
    match.all(number % 3 ? `${'kelo'.slice(0, 2 + (number % 3))}*` : `"ba" OR "${number}"`),
  );
  times(40, () => match.all(`title : ${'ra'}* AND author : ${'mi'}*`));
  const add = db.prepare('INSERT INTO find VALUES (?, ?, ?)');
  const update = db.prepare('UPDATE find SET note = ? WHERE rowid = ?');
  db.transaction(() => times(800, () => add.run(words(5), word(), words(30))))();
  db.transaction(() => times(300, () => update.run(words(9), 1 + integer(3000))))();
  db.exec(
    "DELETE FROM find WHERE rowid % 9 = 0; INSERT INTO find (find) VALUES ('optimize'); DROP TABLE find",
  );
  db.exec('CREATE VIRTUAL TABLE old USING fts4 (body); INSERT INTO old SELECT title FROM book');
  const matchOld = db.prepare('SELECT docid, snippet(old) FROM old WHERE body MATCH ? LIMIT 30');
  times(100, (number) => matchOld.all(number % 2 ? 'ra* NEAR/4 mi*' : 'kel* ba*'));
  db.exec('DROP TABLE old');
}

function boxes(db, { random }) {
  db.exec('CREATE VIRTUAL TABLE box USING rtree (id, x0, x1, y0, y1)');
  const insert = db.prepare('INSERT INTO box VALUES (?, ?, ?, ?, ?)');
  db.transaction(() =>
    times(6000, (number) => {
      const [x, y] = [random() * 100, random() * 100];
      insert.run(number, x, x + random(), y, y + random());
    }),
  )();
  const within = db.prepare('SELECT id FROM box WHERE x1 > ? AND x0 < ? AND y1 > ? AND y0 < ?').pluck();
  times(1600, () => {
    const [x, y] = [random() * 90, random() * 90];
    within.all(x, x + 8, y, y + 8);
  });
  db.exec('UPDATE box SET x0 = x0 - 0.1 WHERE id % 5 = 0; DELETE FROM box WHERE id % 3 = 0; DROP TABLE box');
}

/** Functions, aggregates and tables that JavaScript defines. */
function callbacks(db) {
  db.function('scale', { deterministic: true }, (a, b) => (a ?? 0) * b);
  db.function('shout', (text) => `${text}!`);
  db.function('count_all', { varargs: true }, (...values) => values.length);
  db.aggregate('product', {
    start: 1,
    step: (total, value) => (total * (value + 1)) % 10_007,
    inverse: (total) => total,
  });
  db.table('steps', {
    columns: ['step', 'label'],
    parameters: ['last'],
    *rows(last) {
      for (let step = 0; step < last; step++) yield [step, `step ${step}`];
    },
  });
  all(db, 6, [
    'SELECT sum(scale(a, b)) FROM sensor WHERE rowid < 8000',
    'SELECT shout(title), count_all(id, cover, weight) FROM book WHERE id < 2000',
    'SELECT shelf, product(pages) FROM book GROUP BY shelf',
    'SELECT product(days) OVER (ORDER BY id ROWS 3 PRECEDING) FROM loan WHERE id < 2000',
    'SELECT sum(step), max(label) FROM steps(3000)',
  ]);
}

export const queries = { joins, sorts, windows, json, search, boxes, callbacks };
