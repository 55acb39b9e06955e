// `npm run seed`: 1,000 opportunities, the same ones every time, in a table that has none yet.
import { getSqlite } from 'ferrolite';
import { countOpportunities, createSchema } from '../lib/db.ts';

const COUNT = 1000;
const FIRST_DAY = Date.UTC(2025, 0, 6, 8);
const HOUR_MS = 3_600_000;

const families =
  'Adler Bauer Conti Dubois Eriksen Ferrari Gruber Hansen Ivanov Jansen Keller Lindqvist Moreau'.split(' ');
const partners =
  'Novak Olsen Petrov Quist Rossi Schmid Tanner Urban Vogel Weber Xhaka Young Zimmermann'.split(' ');
const trades =
  'Logistics Precision Foods Medical Timber Energy Textiles Optics Marine Packaging Software'.split(' ');
const forms = ['AG', 'GmbH', 'SA', 'BV', 'AS', 'Ltd', 'S.p.A.'];
const places = ['Zürich', 'Graz', 'Lyon', 'Utrecht', 'Bergen', 'Leeds', 'Torino', 'Brno', 'Malmö', 'Kraków'];
const sources = ['referral', 'website', 'trade fair', 'partner', 'cold call'];
const stages = ['lead', 'lead', 'lead', 'offer', 'offer', 'won', 'lost'];

/** Numbers from 0 up to 1 that look random (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = numbersFrom(13);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;

function customer(): string {
  const owners = next() < 0.4 ? `${pick(families)} & ${pick(partners)}` : pick([...families, ...partners]);
  return `${owners} ${pick(trades)} ${pick(forms)}`;
}

/** From 2,000 to 2 million: small orders are common, large ones rare. */
const annualValue = (): number => Math.round(2000 * 1000 ** (next() ** 2));

createSchema();
if (countOpportunities() > 0) {
  console.log('there are opportunities already: nothing was added');
} else {
  const insert = getSqlite().prepare(
    `INSERT INTO opportunities (customer, annual_value, stage, metadata, created_at)
     VALUES (:customer, :annualValue, :stage, :metadata, datetime(:createdAtMs / 1000, 'unixepoch'))`,
  );
  const insertAll = getSqlite().transaction(() => {
    for (let index = 0; index < COUNT; index += 1) {
      const details = { city: pick(places), source: pick(sources), contacts: 1 + Math.floor(next() * 4) };
      insert.run({
        customer: customer(),
        annualValue: annualValue(),
        stage: pick(stages),
        metadata: next() < 0.8 ? JSON.stringify(details) : null,
        createdAtMs: FIRST_DAY + Math.floor(index * 13.7) * HOUR_MS,
      });
    }
  });
  insertAll.immediate();
  console.log(`${countOpportunities()} opportunities`);
}
