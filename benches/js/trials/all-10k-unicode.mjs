import { fill } from '../fill.mjs';

export const title = 'all, 10,000 rows of non-Latin text';
export const unit = 'row';
export const unitsPerRun = 10_000;

const SQL = 'SELECT id, text FROM words';
const WORDS = [
  '東京都千代田区丸の内',
  'Владивосток',
  'ภาษาไทย',
  'Ελληνικά γράμματα',
  'עברית',
  '한국어 문장',
  '🏔️ Zürich',
];

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec('CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const rows = Array.from({ length: unitsPerRun }, (_, index) => [
    index + 1,
    `${WORDS[index % WORDS.length]} ${index}`,
  ]);
  fill(db, 'INSERT INTO words VALUES (?, ?)', rows);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all();
      return rows;
    },
    answer: () => statement.all(),
  };
}
