/** Templates, and the copies that tests get of them. */
import { readFileSync } from 'node:fs';
import { snapshotFor, type Snapshot } from './build-template';
import { copyOf } from './copies';
import { onDisk } from './files';
import { fixtureDb, type FixtureDb } from './fixture-db';
import {
  checkNames,
  copyRequest,
  templateRequest,
  type CopyOptions,
  type FixtureDbOptions,
  type TemplateOptions,
} from './options';

/** A database that is built once for all workers of a test run, and copied for each test. */
export interface Template {
  /** The snapshot that is copied. Do not open it: copy it. */
  readonly path: string;
  /**
   * Makes a private copy, or gives one that was made ahead. A copy shares the data with the template where the file
   * system can.
   */
  createDb(options?: CopyOptions): FixtureDb;
}

/**
 * Builds a template, or finds the one that another worker of this run has built.
 *
 * The run is the life of the process that started this one as a test worker, or of this process. The template is known
 * by the text of what it is made of: the migrations, the source of `build`, `key`, and the state of the file `template`.
 *
 * @throws {FerroliteError} `FERROLITE_NO_TEMPLATE`, `FERROLITE_NO_MIGRATIONS`, `FERROLITE_MIGRATION_FAILED`,
 *   `FERROLITE_TEMPLATE_BUSY`, `FERROLITE_FIXTURE_FILES`.
 * @throws {TypeError} for wrong options, and whatever `build` throws. All errors reject the promise, and leave nothing.
 *
 * @example
 * const template = await prepareTemplate({ migrations: 'migrations' });
 * const fixture = template.createDb();
 */
export async function prepareTemplate(options: TemplateOptions): Promise<Template> {
  checkNames(options, 'template');
  return templateFor(options);
}

/** {@link prepareTemplate} for options whose names are checked. */
export async function templateFor(options: TemplateOptions): Promise<Template> {
  const snapshot = await snapshotFor(templateRequest(options));
  let image: Buffer | undefined;
  return {
    path: snapshot.path,
    createDb(copyOptions: CopyOptions = {}): FixtureDb {
      checkNames(copyOptions, 'copy');
      const request = copyRequest(copyOptions);
      if (request.memory !== true) return fixtureDb(copyOf(snapshot), request);
      image ??= imageOf(snapshot);
      return fixtureDb({ image }, request);
    },
  };
}

/**
 * Makes a private copy of a template for one test: {@link prepareTemplate} and {@link Template.createDb} in one.
 *
 * @example
 * const fixture = await createFixtureDb({ migrations: 'migrations' });
 * fixture.db.prepare('INSERT INTO users (name) VALUES (?)').run('Ada');
 * fixture.close();
 */
export async function createFixtureDb(options: FixtureDbOptions): Promise<FixtureDb> {
  checkNames(options, 'both');
  const { memory, options: forDatabase, pragmas } = options;
  const copyOptions = copyRequest({ memory, options: forDatabase, pragmas });
  const template = await templateFor(options);
  return template.createDb(copyOptions);
}

/** Where the header says that a database is in WAL mode: version 2 of the format for writing and for reading. */
const VERSIONS = 18;
const ROLLBACK_VERSIONS = [1, 1] as const;

/** The bytes for a database in memory, which cannot have a write-ahead log. See https://sqlite.org/fileformat2.html. */
function imageOf({ path }: Snapshot): Buffer {
  const image = onDisk(`read the template "${path}"`, () => readFileSync(path));
  image.set(ROLLBACK_VERSIONS, VERSIONS);
  return image;
}
