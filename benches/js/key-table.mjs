// 100,000 rows behind an integer primary key, and an order of keys that no cache line likes.
import { fill } from './fill.mjs';
import { seededRandom } from './random.mjs';

const ROWS = 100_000;

export const BY_KEY = 'SELECT id, email, name, balance, visits FROM customers WHERE id = ?';

const random = seededRandom(5);
/** Keys in the order in which they are looked up. */
export const KEYS = Array.from({ length: 5000 }, () => Math.floor(random() * ROWS) + 1);

export function fillKeyTable(db) {
  db.exec(
    'CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, name TEXT, balance REAL, visits INTEGER)',
  );
  const rows = Array.from({ length: ROWS }, (_, index) => [
    index + 1,
    `customer.${index}@example.org`,
    `Customer ${index * 31}`,
    index / 8,
    index % 100,
  ]);
  fill(db, 'INSERT INTO customers VALUES (?, ?, ?, ?, ?)', rows);
}
