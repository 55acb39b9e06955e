/** A new, empty migration, in the form that the folder has. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badName } from '../failures';
import { compareVersions, parseName } from './names';
import { readMigrations, type Migration } from './read';

/** What a migration is written in. */
export type MigrationLanguage = 'sql' | 'ts' | 'js';

const DIGITS_OF_TIME = 14;

/**
 * Writes the files of a migration, numbered behind the last one of the folder and named as those are.
 *
 * @returns The paths.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_NAME` where drizzle-kit has to write the file, because its journal names all.
 */
export function newMigration(folder: string, title: string, language: MigrationLanguage): string[] {
  const root = resolve(folder);
  const slug = title
    .trim()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (slug === '') throw new TypeError('Expected first argument to be a name with letters');
  if (existsSync(join(root, 'meta', '_journal.json'))) {
    throw badName(
      `"${root}" has Drizzle's journal: migrations of it are made by drizzle-kit generate --custom`,
    );
  }
  mkdirSync(root, { recursive: true });
  const entries = readdirSync(root).filter((name) => parseName(name)?.version !== undefined);
  const last =
    entries.length === 0 ? undefined : readMigrations(root).findLast(({ version }) => version !== undefined);
  const version = nextVersion(last?.version);
  if (last === undefined) return write(root, `${version}_${slug}`, language, undefined);
  const dated = nextDate(last);
  if (dated !== undefined) return write(root, `${dated}_${slug}`, language, last);
  const prefix = /^V\d/.test(last.name) ? `V${version}__${slug}` : `${version}_${slug}`;
  return write(root, prefix, language, last);
}

/** One more, with as many digits; a time where the last one is a time. */
function nextVersion(last: string | undefined): string {
  if (last === undefined) return '001';
  const whole = last.split('.')[0]!;
  const next = String(BigInt(whole) + 1n).padStart(whole.length, '0');
  if (whole.length !== DIGITS_OF_TIME) return next;
  const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, DIGITS_OF_TIME);
  return compareVersions(now, last) > 0 ? now : next;
}

/** The time, where the last name begins with one as Diesel writes it; undefined where that would not come behind. */
function nextDate({ name, version }: Migration): string | undefined {
  if (!/^\d{4}-\d\d-\d\d-\d{6}/.test(name)) return undefined;
  const now = new Date().toISOString();
  const date = `${now.slice(0, 10)}-${now.slice(11, 19).replaceAll(':', '')}`;
  return compareVersions(parseName(date)!.version!, version!) > 0 ? date : undefined;
}

/** As JavaScript names the package. */
const PACKAGE = "'ferrolite'";

const TEMPLATES: Readonly<Record<MigrationLanguage, string>> = {
  sql: '',
  js: `/** @param {import(${PACKAGE}).Database} db */
exports.up = (db) => {
  db.exec('');
};
`,
  ts: `import type { Database } from ${PACKAGE};

export function up(db: Database): void {
  db.exec('');
}
`,
};

function write(
  root: string,
  name: string,
  language: MigrationLanguage,
  like: Migration | undefined,
): string[] {
  if (language !== 'sql')
    return [create(join(root, `${name}.${language === 'js' ? 'cjs' : 'ts'}`), TEMPLATES[language])];
  const file = like?.file ?? '';
  if (
    like !== undefined &&
    statSync(join(root, like.name), { throwIfNoEntry: false })?.isDirectory() === true
  ) {
    mkdirSync(join(root, name));
    return [create(join(root, name, /up\.sql$/i.test(file) ? 'up.sql' : 'migration.sql'), '')];
  }
  if (/\.up\.sql$/i.test(file)) {
    return [create(join(root, `${name}.up.sql`), ''), create(join(root, `${name}.down.sql`), '')];
  }
  const own = like?.up === undefined ? '' : readFileSync(file, 'utf8');
  const markers = /^--\s*\+goose/im.test(own)
    ? '-- +goose Up\n\n-- +goose Down\n'
    : /^--\s*migrate:up/im.test(own)
      ? '-- migrate:up\n\n-- migrate:down\n'
      : '';
  return [create(join(root, `${name}.sql`), markers)];
}

function create(path: string, text: string): string {
  writeFileSync(path, text, { flag: 'wx' });
  return path;
}
