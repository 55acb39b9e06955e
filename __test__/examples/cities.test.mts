// The example's own modules on the real cities of one country; the answers are worked out from the list.
import { readdirSync } from 'node:fs';
import { Writable } from 'node:stream';
import Database from 'ferrolite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

interface City {
  readonly id: number;
  readonly name: string;
  readonly alt_name: string | null;
  readonly country: string;
  readonly feature_code: string;
  readonly admin_code: string | null;
  readonly population: number;
  readonly longitude: number;
  readonly latitude: number;
}
type Db = InstanceType<typeof Database>;
interface Queries {
  lookUp(db: Db, ids: number[]): (Partial<City> | null)[];
  lookUpInTransaction(db: Db, ids: number[]): (Partial<City> | null)[];
  withPopulation(db: Db, least: number, most: number): City[];
  largestOf(db: Db, country: string, count: number): City[];
  within(db: Db, box: { south: number; north: number; west: number; east: number }): City[];
  byCountry(db: Db): { country: string; cities: number; population: number; largest: number }[];
  everyCity(db: Db): City[];
  peopleByHemisphere(db: Db): { north: number; south: number };
}
interface Driver {
  name: string;
  open(path: string): Db;
}
interface Comparison {
  loadDrivers(): Promise<{ drivers: Driver[]; missing: object[] }>;
  compare(options: {
    drivers: Driver[];
    cities: City[];
    file: string;
    folder: string;
    onResult(result: { title: string; medianMs: Record<string, number> }): void;
  }): Promise<void>;
}
interface Output {
  progressBar(total: number, unit: string, stream: Writable): (done: number) => void;
  ratio(oursMs: number, peerMs: number): string;
  table(rows: object[]): string;
}

/** The example is plain JavaScript, without types to import. */
async function example<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../../examples/cities/${name}.mjs`, import.meta.url).href)) as Module;
}

const { readCities } = await example<{ readCities(): City[] }>('dataset');
const { CREATE_INDEXES } = await example<{ CREATE_INDEXES: string }>('schema');
const { importCities } = await example<{
  importCities(db: Db, cities: City[], onProgress?: (done: number) => void): void;
}>('import');
const queries = await example<Queries>('queries');
const output = await example<Output>('output');

const all = readCities();
const cities = all.filter(({ country }) => country === 'CH' || country === 'NZ');
const largestFirst = (a: City, b: City): number => b.population - a.population || a.id - b.id;
const pick = (city: City, ...names: (keyof City)[]): Partial<City> =>
  Object.fromEntries(names.map((name) => [name, city[name]]));

let db: Db;
beforeAll(() => {
  db = new Database(tempDb());
  db.pragma('journal_mode = wal');
  importCities(db, cities);
  db.exec(CREATE_INDEXES);
});
afterAll(() => {
  db.close();
});

describe('the import', () => {
  it('stores every city as it is in the package', () => {
    expect(queries.everyCity(db)).toEqual(cities.toSorted((a, b) => a.id - b.id));
  });

  it('tells its progress after each transaction, up to the last row', () => {
    const seen: number[] = [];
    const many = all.slice(0, 12_000);
    const other = new Database(tempDb());
    importCities(other, many, (done) => seen.push(done));
    expect(seen).toEqual([5000, 10_000, 12_000]);
    expect(queries.everyCity(other)).toHaveLength(12_000);
    other.close();
  });
});

describe('the queries', () => {
  const [first, last] = [cities[0], cities.at(-1)] as [City, City];
  const columns = ['id', 'name', 'country', 'population'] as const;

  it.each(['lookUp', 'lookUpInTransaction'] as const)(
    '%s() finds by key, and null where there is none',
    (name) => {
      expect(queries[name](db, [last.id, -1, first.id])).toEqual([
        pick(last, ...columns),
        null,
        pick(first, ...columns),
      ]);
      expect(db.inTransaction).toBe(false);
    },
  );

  it('withPopulation() includes both ends', () => {
    const [most, , least] = cities.toSorted(largestFirst) as [City, City, City];
    const expected = cities.filter(({ population }) => population >= least.population).toSorted(largestFirst);
    expect(queries.withPopulation(db, least.population, most.population)).toEqual(
      expected.map((city) => pick(city, ...columns)),
    );
  });

  it('largestOf() stays in the country', () => {
    const expected = cities
      .filter(({ country }) => country === 'CH')
      .toSorted(largestFirst)
      .slice(0, 3);
    expect(expected.map(({ name }) => name)).toEqual(['Zürich', 'Genève', 'Basel']);
    expect(queries.largestOf(db, 'CH', 3)).toEqual(
      expected.map((city) => pick(city, 'id', 'name', 'admin_code', 'population')),
    );
  });

  it('within() gives what lies in the box and nothing else', () => {
    const box = { south: -42, north: -36, west: 170, east: 176 };
    const inBox = ({ latitude, longitude }: City): boolean =>
      latitude >= box.south && latitude <= box.north && longitude >= box.west && longitude <= box.east;
    const found = queries.within(db, box).map(({ name, latitude }) => [name, latitude]);
    expect(found).not.toHaveLength(0);
    expect(found).toEqual(
      cities
        .filter(inBox)
        .toSorted(largestFirst)
        .map(({ name, latitude }) => [name, latitude]),
    );
  });

  it('byCountry() counts and adds up', () => {
    const of = (country: string): number[] =>
      cities.filter((city) => city.country === country).map(({ population }) => population);
    const summary = (country: string): object => ({
      country,
      cities: of(country).length,
      population: of(country).reduce((sum, people) => sum + people, 0),
      largest: Math.max(...of(country)),
    });
    expect(queries.byCountry(db)).toMatchObject([summary('CH'), summary('NZ')]);
  });

  it('peopleByHemisphere() walks over all rows', () => {
    const people = (wanted: string): number =>
      cities.reduce((sum, { country, population }) => sum + (country === wanted ? population : 0), 0);
    expect(queries.peopleByHemisphere(db)).toEqual({ north: people('CH'), south: people('NZ') });
  });
});

describe('the comparison', () => {
  /** A database that loses one city as soon as it is inserted. */
  function losing({ id }: City, other: Db): Db {
    const exec = other.exec.bind(other);
    const trigger = `CREATE TRIGGER lose AFTER INSERT ON cities WHEN new.id = ${id}
      BEGIN DELETE FROM cities WHERE id = ${id}; END`;
    return Object.assign(other, {
      exec: (sql: string) => exec(sql.includes('TABLE') ? `${sql}; ${trigger}` : sql),
    });
  }

  it('finds the answers of all drivers equal', async () => {
    const { compare, loadDrivers } = await example<Comparison>('comparison');
    const { drivers, missing } = await loadDrivers();
    expect(missing).toEqual([]);
    const file = tempDb();
    db.prepare('VACUUM INTO ?').run(file);
    const compared: string[] = [];
    const onResult = ({ title, medianMs }: { title: string; medianMs: object }): void => {
      expect(Object.keys(medianMs)).toEqual(drivers.map(({ name }) => name));
      compared.push(title);
    };
    await compare({ drivers, cities, file, folder: tempDir(), onResult });
    expect(compared).toHaveLength(8);
  }, 60_000);

  it('fails when two drivers disagree, and leaves no files', async () => {
    const { compare } = await example<Comparison>('comparison');
    const folder = tempDir();
    const faithful = { name: 'faithful', open: (path: string): Db => new Database(path) };
    const forgetful = {
      name: 'forgetful',
      open: (path: string): Db => losing(cities[0] as City, new Database(path)),
    };
    const drivers = [faithful, forgetful];
    const comparison = compare({ drivers, cities, file: db.name, folder, onResult: () => undefined });
    await expect(comparison).rejects.toThrow(
      /^import of .* rows: forgetful and faithful disagree on the answer$/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the output', () => {
  function written(isTTY: boolean): string {
    let text = '';
    const stream = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          text += chunk.toString();
          done();
        },
      }),
      { isTTY },
    );
    const update = output.progressBar(40, 'rows', stream);
    for (const done of [5, 10, 15, 30, 40]) update(done);
    return text;
  }

  it('redraws one line on a terminal', () => {
    const text = written(true);
    expect(text.split('\n')).toHaveLength(2);
    expect(text.split('\r')).toHaveLength(6);
    expect(text).toMatch(/\[#{30}\] 100 % {2}40 rows\n$/);
  });

  it('prints a line per quarter elsewhere', () => {
    expect(written(false).match(/\d+ %/g)).toEqual(['25 %', '75 %', '100 %']);
  });

  it('says faster, slower or equal from the side of ours', () => {
    expect([output.ratio(10, 21), output.ratio(13, 10), output.ratio(100, 103)]).toEqual([
      '2.1x faster',
      '1.3x slower',
      'equal',
    ]);
  });

  it('puts numbers to the right and names NULL', () => {
    expect(
      output.table([
        { id: 1234, name: 'Zürich', people: 341_730 },
        { id: 5, name: null, people: 7 },
      ]),
    ).toBe(
      [
        '    id  name     people',
        '  ----  ------  -------',
        '  1234  Zürich  341,730',
        '     5  NULL          7',
      ].join('\n'),
    );
  });
});
