/** Builds the snapshot of a template, once for all workers of a run. */
import Database from 'ferrolite';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildLock } from './build-lock';
import { diskError, onDisk } from './files';
import { discard, rootFolder, runFolder } from './folders';
import { executeMigrations, readMigrations, type Migration } from './migrations';
import type { BuildContext, TemplateRequest } from './options';
import { stateOf, takeSnapshot, takeSoundSnapshot } from './snapshot';

/** The name of a snapshot in the folder of its template, and of copies in theirs. */
export const FILE = 'test.db';
const WORK = 'building-';

interface Plan {
  /** The real path of the database to start from. */
  readonly source: string | undefined;
  readonly migrations: readonly Migration[];
  readonly build: TemplateRequest['build'];
}

/** Where a snapshot lies. Nobody opens it with SQLite: it is there to be copied. */
export interface Snapshot {
  readonly root: string;
  readonly path: string;
}

/** Gives the snapshot for `request`; builds it if no worker of this run has. */
export async function snapshotFor(request: TemplateRequest): Promise<Snapshot> {
  const source = request.template && realPath(request.template);
  const state = source === undefined ? '' : stateOf(source);
  const migrations = request.migrations === undefined ? [] : readMigrations(request.migrations);
  const parts = [source, state, migrations, request.build && String(request.build), request.key];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);

  const root = rootFolder(request.directory);
  const folder = join(runFolder(root), key);
  const path = join(folder, FILE);
  if (!existsSync(path)) {
    onDisk(`create the folder "${folder}"`, () => mkdirSync(folder, { recursive: true }));
    const plan = { source, migrations, build: request.build };
    await buildAlone(folder, path, plan, request.buildTimeoutMs);
  }
  return { root, path };
}

/** Two spellings of a path are one template. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync.native(path) : path;
}

async function buildAlone(folder: string, path: string, plan: Plan, timeoutMs: number): Promise<void> {
  const release = await buildLock(join(folder, 'lock.db'), timeoutMs, () => existsSync(path));
  if (release === undefined) return;
  try {
    // Of a builder that was killed.
    for (const name of readdirSync(folder)) if (name.startsWith(WORK)) discard(join(folder, name));
    const work = onDisk(`create a folder in "${folder}"`, () => mkdtempSync(join(folder, WORK)));
    try {
      const finished = join(work, 'snapshot.db');
      await fill(work, finished, plan);
      renameSync(finished, path);
    } finally {
      discard(work);
    }
  } finally {
    release();
  }
}

async function fill(work: string, finished: string, { source, migrations, build }: Plan): Promise<void> {
  if (source !== undefined && migrations.length === 0 && build === undefined) {
    return takeSoundSnapshot(source, finished);
  }
  const path = join(work, FILE);
  if (source !== undefined) await takeSoundSnapshot(source, path);
  const opened = new Lazy(path);
  try {
    if (migrations.length > 0) {
      executeMigrations(opened.db, migrations);
      opened.close();
    }
    await build?.(opened);
    // Also where nothing was written: an empty database is a file too.
    opened.db.pragma('schema_version');
  } catch (error) {
    throw diskError('fill the template', error);
  } finally {
    opened.close();
  }
  await takeSnapshot(path, finished);
}

/** A database that is opened when it is asked for, so that another library can have it instead. */
class Lazy implements BuildContext {
  readonly path: string;
  #db: Database.Database | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get db(): Database.Database {
    if (this.#db?.open !== true) {
      this.#db = new Database(this.path);
      // Nobody needs a half-made template after a crash.
      this.#db.pragma('synchronous = off');
    }
    return this.#db;
  }

  close(): void {
    this.#db?.close();
  }
}
