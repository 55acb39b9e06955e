export const CREATE_TABLE = `
  CREATE TABLE cities (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    alt_name     TEXT,
    country      TEXT NOT NULL,
    feature_code TEXT NOT NULL,
    admin_code   TEXT,
    population   INTEGER NOT NULL,
    longitude    REAL NOT NULL,
    latitude     REAL NOT NULL
  )`;

/** Made after the import: sorting once is cheaper than keeping four trees in order row by row. */
export const CREATE_INDEXES = `
  CREATE INDEX cities_by_population ON cities (population);
  CREATE INDEX cities_by_country ON cities (country, population);
  CREATE INDEX cities_by_place ON cities (latitude, longitude)`;
