// A table as applications have them: 8 columns, mostly short texts, some of them empty.
import { fill } from './fill.mjs';
import { seededRandom } from './random.mjs';

export const OPPORTUNITY_COLUMNS = 'id, customer, owner, stage, annual_value, probability, created_at, note';

const STAGES = ['lead', 'qualified', 'proposal', 'negotiation', 'won', 'lost'];
const OWNERS = ['Ada Lovelace', 'Grace Hopper', 'Edsger Dijkstra', 'Barbara Liskov'];

export function fillOpportunitiesTable(db, count) {
  db.exec(`CREATE TABLE opportunities (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, owner TEXT NOT NULL,
    stage TEXT NOT NULL, annual_value REAL NOT NULL, probability INTEGER NOT NULL,
    created_at TEXT NOT NULL, note TEXT)`);
  const random = seededRandom(8);
  const one = (list) => list[Math.floor(random() * list.length)];
  const rows = Array.from({ length: count }, (_, index) => [
    index + 1,
    `Customer ${Math.floor(random() * 1e6)} GmbH`,
    one(OWNERS),
    one(STAGES),
    Math.floor(random() * 1e7) / 100,
    Math.floor(random() * 100),
    new Date(Date.UTC(2024, 0, 1 + Math.floor(random() * 700))).toISOString(),
    random() < 0.5 ? null : `Called on ${Math.floor(random() * 28) + 1}, will answer next week`,
  ]);
  fill(db, 'INSERT INTO opportunities VALUES (?, ?, ?, ?, ?, ?, ?, ?)', rows);
}
