/** examples/next-app: installed, seeded, built and served. */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'ferrolite';
import { root } from '../../../scripts/lib/paths.mjs';
import { App, type Finished } from './app.mts';
import { Server } from './server.mts';

export const example = path.join(root, 'examples', 'next-app');
export const bundlers = ['turbopack', 'webpack'] as const;
export type Bundler = (typeof bundlers)[number];

const NEXT = 'node_modules/next/dist/bin/next';
const ENV = {
  // Nothing is told to anybody.
  NEXT_TELEMETRY_DISABLED: '1',
  NO_COLOR: '1',
  // `next dev` kills its server after 100 ms otherwise, which a busy machine needs for its exit.
  NEXT_EXIT_TIMEOUT_MS: '30000',
};

/** The files that belong to a database while it is open, without the database. */
export const logsOf = (file: string): string[] =>
  ['-wal', '-shm', '-journal'].map((suffix) => file + suffix).filter((name) => fs.existsSync(name));

/** Files below a folder whose name ends in one of `endings`, as relative paths; behind a link there is none. */
export function filesBelow(folder: string, ...endings: string[]): string[] {
  const real = fs.realpathSync(folder);
  return fs
    .readdirSync(real, { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .filter((name) => fs.realpathSync(path.join(real, name)) === path.join(real, name))
    .map((name) => name.split(path.sep).join('/'))
    .toSorted();
}

export class NextApp extends App {
  #databases = 0;

  /** The example in a temporary folder, nothing installed yet. */
  static async copy(): Promise<NextApp> {
    // The seed is TypeScript, which Node runs from 22.18 on.
    const { folder, node } = await App.create('node24');
    return new NextApp(folder, node).copy(example);
  }

  override get env(): Record<string, string> {
    return { ...super.env, ...ENV };
  }

  build(bundler: Bundler, env: Record<string, string> = {}): Promise<Finished> {
    // A server for continuous integration is warned of it when there is none.
    fs.mkdirSync(this.path('.next', 'cache'), { recursive: true });
    return this.must(this.node, [NEXT, 'build', `--${bundler}`], { env });
  }

  /** `next start`, or `next dev` with a bundler. */
  serve(database: string, command: 'start' | Bundler): Promise<Server> {
    const args = command === 'start' ? ['start'] : ['dev', `--${command}`];
    return Server.start(this, {
      args: [NEXT, ...args],
      ready: /Ready in/,
      env: { SQLITE_DB_PATH: database },
    });
  }

  /** What `output: 'standalone'` has made, in a folder of its own as in a container: no node_modules above it. */
  standalone(): App {
    const folder = fs.mkdtempSync(`${this.folder}-standalone-`);
    fs.cpSync(this.path('.next', 'standalone'), folder, { recursive: true, verbatimSymlinks: true });
    fs.cpSync(this.path('.next', 'static'), path.join(folder, '.next', 'static'), { recursive: true });
    return new App(folder, this.node);
  }

  /** A new database for one server, with the opportunities of `npm run seed`. */
  async seeded(): Promise<string> {
    const seed = this.path('seed.sqlite');
    if (!fs.existsSync(seed)) {
      await this.must(this.node, ['scripts/seed.ts'], { env: { SQLITE_DB_PATH: seed } });
    }
    const file = this.path(`database-${(this.#databases += 1)}.sqlite`);
    fs.copyFileSync(seed, file);
    return file;
  }
}

/** Rows of a database that no server has open. */
export function read(file: string, sql: string): any[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}
