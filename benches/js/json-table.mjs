// Documents of about 200 bytes in a text column.
import { fill } from './fill.mjs';

export function fillJsonTable(db, count) {
  db.exec('CREATE TABLE documents (id INTEGER PRIMARY KEY, document TEXT NOT NULL)');
  const rows = Array.from({ length: count }, (_, index) => [
    index + 1,
    JSON.stringify({
      name: `item ${index}`,
      price: index / 4 + 0.5,
      stock: { warehouse: index % 9, count: index * 3 },
      tags: ['new', 'sale', `group ${index % 7}`],
      text: 'A few words that describe the item, as a shop would show them.',
    }),
  ]);
  fill(db, 'INSERT INTO documents VALUES (?, ?)', rows);
}
