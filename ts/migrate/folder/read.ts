/** The folder of migrations: which there are, in which order, with their SQL. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badName, noMigrations, reasonOf } from '../failures';
import { compareVersions, isMigrationFile, parseName } from './names';
import { checksumOf, normalised, parseSqlFile } from './sql-file';

/** SQL that brings a database up or down. */
export interface MigrationSql {
  /** The path of the file. */
  readonly file: string;
  /** With the lines that the file has, so that numbers of lines are those of the file. */
  readonly text: string;
  /** False: the file asks for no transaction around its statements. */
  readonly transaction: boolean;
}

/** A migration of a folder. */
export interface Migration {
  /** What it is recorded as: the name of its file or folder, without what says its kind. */
  readonly name: string;
  /** The number or time in its name; undefined for one that is repeated whenever it changes. */
  readonly version: string | undefined;
  /** The path of its file. */
  readonly file: string;
  /** SHA-256 of what is executed, with line feeds, without byte order mark and space around it; of a module, of its text. */
  readonly checksum: string;
  /** What the checksum is of. */
  readonly text: string;
  /** Undefined for a module, whose functions are called. */
  readonly up: MigrationSql | undefined;
  readonly down: MigrationSql | undefined;
  /** When Drizzle has made it, in milliseconds: what its table has instead of a name. */
  readonly when: number | undefined;
}

interface Found {
  name: string;
  version: string | undefined;
  up?: string;
  down?: string;
  module?: string;
  when?: number;
}

/**
 * Reads the migrations of a folder, in the order in which they are applied.
 *
 * @throws {FerroliteError} `FERROLITE_NO_MIGRATIONS` if there is no such folder, or none in it;
 *   `FERROLITE_MIGRATION_NAME` for names that leave open what is meant.
 */
export function readMigrations(folder: string): Migration[] {
  const root = resolve(folder);
  const stats = statSync(root, { throwIfNoEntry: false });
  if (stats === undefined) throw noMigrations(folder, 'does not exist');
  if (!stats.isDirectory()) throw noMigrations(folder, 'is a file');
  const journal = join(root, 'meta', '_journal.json');
  const isDrizzle = statSync(journal, { throwIfNoEntry: false })?.isFile() === true;
  const found = isDrizzle ? ofJournal(root, journal) : ofNames(root);
  if (found.length === 0) throw noMigrations(folder, 'has no migrations');
  return found.map(load);
}

/** Drizzle before 1.0: a journal says which files there are, and in which order. */
function ofJournal(root: string, journal: string): Found[] {
  const entries = journalEntries(journal);
  const files = new Set(readdirSync(root).filter((file) => /\.sql$/i.test(file)));
  const found = entries.map(({ tag, when }): Found => {
    if (!files.delete(`${tag}.sql`)) throw badName(`"${journal}" names "${tag}", and there is no ${tag}.sql`);
    return { name: tag, version: /^\d+/.exec(tag)?.[0] ?? '0', up: join(root, `${tag}.sql`), when };
  });
  const [other] = files;
  if (other !== undefined) throw badName(`"${join(root, other)}" is not in Drizzle's journal "${journal}"`);
  return found;
}

function journalEntries(journal: string): { tag: string; when: number }[] {
  try {
    const { entries } = JSON.parse(normalised(readFileSync(journal, 'utf8'))) as {
      entries: { idx: number; tag: string; when: number }[];
    };
    return entries
      .toSorted((a, b) => a.idx - b.idx)
      .map(({ tag, when }) => ({ tag: String(tag), when: Number(when) }));
  } catch (cause) {
    throw badName(`"${journal}" is not a journal as drizzle-kit writes it: ${reasonOf(cause)}`);
  }
}

function ofNames(root: string): Found[] {
  const byName = new Map<string, Found>();
  const undo: Found[] = [];
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = join(root, entry.name);
    const isFolder = statSync(path).isDirectory();
    const found = isFolder ? ofFolder(path, entry.name) : ofFile(path, entry.name);
    if (found === undefined) continue;
    if (found.up === undefined && found.module === undefined) undo.push(found);
    else if (byName.has(found.name)) throw badName(`There are two migrations "${found.name}" in "${root}"`);
    else byName.set(found.name, found);
  }
  const all = [...byName.values()].toSorted(inOrder);
  for (const [index, found] of all.entries()) {
    const before = all[index - 1];
    if (before?.version === undefined || found.version === undefined) continue;
    if (compareVersions(before.version, found.version) === 0) {
      throw badName(`"${before.name}" and "${found.name}" in "${root}" have the same version`);
    }
  }
  for (const { name, version, down } of undo) {
    const target =
      byName.get(name) ??
      all.find(
        (each) =>
          version !== undefined && each.version !== undefined && compareVersions(each.version, version) === 0,
      );
    if (target === undefined) throw badName(`"${String(down)}" undoes a migration that is not in "${root}"`);
    if (target.down !== undefined)
      throw badName(`There are two files that undo "${target.name}" in "${root}"`);
    target.down = down!;
  }
  return all;
}

function inOrder(left: Found, right: Found): number {
  if (left.version === undefined || right.version === undefined) {
    if (left.version !== right.version) return left.version === undefined ? 1 : -1;
    return left.name < right.name ? -1 : 1;
  }
  return compareVersions(left.version, right.version) || (left.name < right.name ? -1 : 1);
}

/** Prisma, Drizzle from 1.0, and others: a folder for each migration. */
function ofFolder(path: string, folder: string): Found | undefined {
  const files = readdirSync(path);
  const up = ['migration.sql', 'up.sql'].find((file) => files.includes(file));
  const version = parseName(folder)?.version;
  if (up === undefined || version === undefined) {
    if (!files.some((file) => /\.sql$/i.test(file))) return undefined;
    throw badName(
      `"${path}" has SQL, but it is not called migration.sql or up.sql in a folder whose name begins with a number`,
    );
  }
  return {
    name: folder,
    version,
    up: join(path, up),
    ...(files.includes('down.sql') && { down: join(path, 'down.sql') }),
  };
}

function ofFile(path: string, file: string): Found | undefined {
  if (!isMigrationFile(file)) return undefined;
  const named = parseName(file);
  if (named === undefined) {
    throw badName(
      `The name of "${path}" does not begin with a number, as in 001_users.sql, V1__users.sql, R__views.sql`,
    );
  }
  const { name, version, direction, isModule } = named;
  if (isModule) return { name, version, module: path };
  return direction === 'up' ? { name, version, up: path } : { name, version, down: path };
}

function load({ name, version, up, down, module, when }: Found): Migration {
  const file = resolve(up ?? module!);
  const own = readFileSync(file, 'utf8');
  const parts = module === undefined ? parseSqlFile(own, file) : undefined;
  const text = parts?.up ?? normalised(own);
  const undo = down === undefined ? undefined : downFile(down);
  const marked =
    parts?.down === undefined ? undefined : { file, text: parts.down, transaction: parts.downTransaction };
  if (undo !== undefined && marked !== undefined) {
    throw badName(`There are two ways to undo "${name}": in "${file}" and in "${undo.file}"`);
  }
  return {
    name,
    version,
    file,
    checksum: checksumOf(text),
    text,
    up: parts === undefined ? undefined : { file, text, transaction: parts.transaction },
    down: undo ?? marked,
    when,
  };
}

/** A file that undoes another one may have markers too; without any, all of it is meant. */
function downFile(path: string): MigrationSql {
  const file = resolve(path);
  const parts = parseSqlFile(readFileSync(file, 'utf8'), file);
  if (parts.down !== undefined) return { file, text: parts.down, transaction: parts.downTransaction };
  return { file, text: parts.up, transaction: parts.transaction };
}
