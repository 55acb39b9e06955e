import { fill } from '../fill.mjs';

export const title = 'all, join of 10,000 rows in 50 groups';
export const unit = 'query';
export const unitsPerRun = 1;

const SQL = `SELECT regions.name AS region, count(*) AS orders, sum(orders.total) AS total, max(orders.total) AS largest
  FROM orders JOIN regions ON regions.id = orders.region_id GROUP BY regions.id ORDER BY regions.id`;

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec(`CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, region_id INTEGER NOT NULL, total REAL NOT NULL);
    CREATE INDEX orders_by_region ON orders (region_id)`);
  const regions = Array.from({ length: 50 }, (_, index) => [index + 1, `region ${index}`]);
  fill(db, 'INSERT INTO regions VALUES (?, ?)', regions);
  const orders = Array.from({ length: 10_000 }, (_, index) => [index + 1, (index % 50) + 1, index / 4]);
  fill(db, 'INSERT INTO orders VALUES (?, ?, ?)', orders);
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
