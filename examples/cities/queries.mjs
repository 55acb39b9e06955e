// The questions asked of the cities, one function each. They use what all three drivers have in
// common (`prepare`, `get`, `all`, `iterate`), so that the comparison asks the very same ones.

/** The cities with these ids, one lookup each; `null` for an id that is not there. */
export function lookUp(db, ids) {
  const byId = db.prepare('SELECT id, name, country, population FROM cities WHERE id = ?');
  return ids.map((id) => byId.get(id) ?? null);
}

/** The same lookups under one read transaction: one lock for all of them. */
export function lookUpInTransaction(db, ids) {
  db.exec('BEGIN');
  try {
    return lookUp(db, ids);
  } finally {
    db.exec('COMMIT');
  }
}

/** The cities with a population in this range, largest first. */
export function withPopulation(db, least, most) {
  return db
    .prepare(
      `SELECT id, name, country, population FROM cities
       WHERE population BETWEEN ? AND ? ORDER BY population DESC, id`,
    )
    .all(least, most);
}

/** The largest cities of a country. */
export function largestOf(db, country, count) {
  return db
    .prepare(
      `SELECT id, name, admin_code, population FROM cities
       WHERE country = ? ORDER BY population DESC, id LIMIT ?`,
    )
    .all(country, count);
}

/** The cities in a box of degrees, largest first. */
export function within(db, { south, north, west, east }) {
  return db
    .prepare(
      `SELECT name, country, population, latitude, longitude FROM cities
       WHERE latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east
       ORDER BY population DESC, id`,
    )
    .all({ south, north, west, east });
}

/** One row per country, from a scan of the whole table. */
export function byCountry(db) {
  return db
    .prepare(
      `SELECT country, count(*) AS cities, sum(population) AS population, max(population) AS largest,
              round(avg(latitude), 2) AS mean_latitude
       FROM cities GROUP BY country ORDER BY population DESC, country`,
    )
    .all();
}

/** The whole table, all columns, in memory at once. */
export function everyCity(db) {
  return db.prepare('SELECT * FROM cities ORDER BY id').all();
}

/** Walks the whole table row by row without keeping it: people by hemisphere. */
export function peopleByHemisphere(db) {
  const people = { north: 0, south: 0 };
  for (const city of db.prepare('SELECT * FROM cities ORDER BY id').iterate()) {
    people[city.latitude < 0 ? 'south' : 'north'] += city.population;
  }
  return people;
}
