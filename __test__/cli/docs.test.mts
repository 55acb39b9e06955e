// docs/cli.md shows what the command prints; `UPDATE_GENERATED=1` writes it anew.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, realpathSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { codeBlocks, projectRoot, readPage, type CodeBlock } from '../docs/markdown.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { exitOf, lineOf } from '../helpers/wait.mts';
import { bin, environment } from './support.mts';

const PAGE = 'docs/cli.md';
/** What the folder of a run is called on the page. */
const FOLDER = '/srv/app';

const SCHEMA = `PRAGMA journal_mode = wal;
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer REFERENCES customers, total REAL);
  CREATE INDEX orders_total ON orders (total);
  INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 20000)
    INSERT INTO orders SELECT i, 1 + i % 3, i * 0.5 FROM n;
  DELETE FROM orders WHERE id > 5000`;

const MIGRATIONS = {
  '001_shop.sql': `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer REFERENCES customers, total REAL);
CREATE INDEX orders_total ON orders (total);
`,
  '002_cities.sql': `CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
ALTER TABLE customers ADD COLUMN city REFERENCES cities;
DELETE FROM orders WHERE total < 10;
ALTER TABLE orders RENAME COLUMN total TO amount;
`,
};

function writeMigrations(folder: string): void {
  mkdirSync(join(folder, 'migrations'));
  for (const [name, sql] of Object.entries(MIGRATIONS)) writeFileSync(join(folder, 'migrations', name), sql);
}

type Ended = () => Promise<void>;

/** A program of the application that executes SQL and goes on: another process, by a name that says what it is. */
async function serving(folder: string, name: string, sql: string): Promise<Ended> {
  const program = `const db = new (require(${JSON.stringify(projectRoot)}))('app.db');
    db.exec(${JSON.stringify(sql)});
    console.log('held');
    process.stdin.on('end', () => process.exit()).resume();`;
  writeFileSync(join(folder, name), program);
  const child = spawn(process.execPath, [name], {
    cwd: folder,
    argv0: 'node',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = exitOf(child);
  await lineOf(child.stdout, (line) => line === 'held');
  return async () => {
    child.stdin.end();
    await ended;
  };
}

/** What the commands of a block find, by the comment before the block. */
const settings: Readonly<Record<string, (path: string) => Promise<Ended> | void>> = {
  /** `app.db`, closed. */
  app: () => {},
  /** A reader holds an old snapshot of it. */
  held: async (path) => {
    const reader = await serving(dirname(path), 'report.js', 'BEGIN; SELECT * FROM orders');
    const writer = await serving(dirname(path), 'server.js', 'DELETE FROM orders WHERE id < 100');
    return async () => {
      await reader();
      await writer();
    };
  },
  /** Migrations, of which the first one has made the tables. */
  migrations: (path) => writeMigrations(dirname(path)),
  /** The same, and a folder of databases, the last of which has a table that is in the way. */
  tenants: (path) => {
    writeMigrations(dirname(path));
    mkdirSync(join(dirname(path), 'tenants'));
    for (const name of ['acme', 'globex', 'initech']) {
      const extra = name === 'initech' ? 'CREATE TABLE cities (name)' : '';
      new Database(join(dirname(path), 'tenants', `${name}.db`)).exec(extra).close();
    }
  },
  /** An order refers to nobody, and an index lacks a row. */
  damaged: (path) => {
    const db = new Database(path);
    db.exec('PRAGMA foreign_keys = OFF; UPDATE orders SET customer = 9 WHERE id = 12');
    db.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 2);
    closeSync(file);
    return Promise.resolve(() => Promise.resolve(writeFileSync(path, '')));
  },
};

const blocks = codeBlocks(PAGE).filter(({ mark }) => mark?.startsWith('cli: ') === true);

async function outputOf({ mark = '', code }: CodeBlock): Promise<string> {
  const folder = realpathSync(tempDir());
  const path = join(folder, 'app.db');
  new Database(path).exec(SCHEMA).close();
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'ferrolite');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  chmodSync(program, 0o755);
  const end = await settings[mark.slice('cli: '.length)]?.(path);
  const env = environment({
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    SQLITE_DB_PATH: 'app.db',
  });
  const commands = code.split('\n').filter((line) => line.startsWith('$ '));
  const parts = commands.map((line) => {
    const { stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${line.slice(2)}`], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    return `${line}\n${stdout}`;
  });
  await end?.();
  return parts.join('').replaceAll(folder, FOLDER);
}

/** A text without what differs from one run to the next. */
function withoutMeasures(text: string): string {
  return text
    .replaceAll(/\b\d+(?:\.\d+)? m?s\b/g, 'TIME')
    .replaceAll(/"durationMs":[\d.]+(?:e-\d+)?/g, '"durationMs":TIME')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
    .replaceAll(/\d{8}T\d{9}Z/g, 'DATE')
    .replaceAll(/process \d+/g, 'process PID')
    .replaceAll(/"pid":\d+/g, '"pid":PID')
    .replaceAll(/"command":"[^"]*"|(?<=process PID {2})\w+/g, 'NAME')
    .replaceAll(/available [\d.]+ \w+, /g, 'available SPACE, ')
    .replaceAll(/"availableBytes":\d+/g, '"availableBytes":SPACE')
    .replaceAll(/ +/g, ' ');
}

describe.skipIf(process.platform === 'win32')(PAGE, () => {
  it('has a block for each command', () => {
    const shown = blocks.map(({ code }) => code).join('');
    const { stdout } = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8', env: environment() });
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(shown).toContain(`$ ferrolite ${name}`);
  });

  it.each(blocks.map((block) => [block.code.split('\n')[0] ?? '', block] as const))(
    '%s',
    async (_, block) => {
      const output = await outputOf(block);
      const isSame = withoutMeasures(output) === withoutMeasures(block.code);
      if (!isSame && process.env['UPDATE_GENERATED'] !== undefined) {
        const page = readPage(PAGE);
        writeFileSync(
          join(projectRoot, PAGE),
          page.replace(block.code, () => output),
        );
      } else {
        expect(withoutMeasures(block.code)).toBe(withoutMeasures(output));
      }
    },
  );
});
