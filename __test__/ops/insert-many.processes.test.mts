// insertMany() beside other processes: what they see of it, and what is left when its own is killed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Database from 'ferrolite';
import { insertMany } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { exitOf, lineOf } from '../helpers/wait.mts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

function withTable(): string {
  const path = tempDb();
  const db = new Database(path);
  db.pragma('journal_mode = wal');
  db.exec('CREATE TABLE t (process, n, PRIMARY KEY (process, n))');
  db.close();
  return path;
}

function count(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare('SELECT count(*) FROM t').pluck().get() as number;
  } finally {
    db.close();
  }
}

const KILLED = `
  const { openPool } = require('ferrolite/pool');
  const { insertMany } = require('ferrolite/ops');
  const pool = openPool(process.argv[1]);
  const rows = async function* () {
    for (let n = 0; ; n += 1) yield { process: 'killed', n };
  };
  insertMany(pool, 't', rows(), {
    ...JSON.parse(process.argv[2]),
    onProgress: ({ rows }) => { if (rows >= 20000) console.log('under way'); },
  });
`;

it.each([
  ['nothing', {}, 1],
  ['whole transactions', { transactionRows: 1700 }, 1700],
])(
  'leaves %s when its process is killed',
  async (_, options, multiple) => {
    const path = withTable();
    const child = spawn(process.execPath, ['-e', KILLED, path, JSON.stringify(options)], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = exitOf(child);
    await lineOf(child.stdout, (line) => line === 'under way');
    child.kill('SIGKILL');
    await ended;
    const left = count(path);
    expect(left % multiple).toBe(0);
    if (multiple === 1) expect(left).toBe(0);
    else expect(left).toBeGreaterThan(10_000);
  },
  60_000,
);

const WRITER = `
  const Database = require('ferrolite');
  const { insertMany } = require('ferrolite/ops');
  const [path, name] = process.argv.slice(1);
  const db = new Database(path, { timeout: 60_000 });
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ process: name, n }));
  insertMany(db, 't', rows, { transactionRows: 1000 }).then(({ transactions }) => {
    if (transactions !== 20) process.exitCode = 3;
    db.close();
  });
`;

it('shares the file with other processes that insert, and shows them transactions as a whole', async () => {
  const path = withTable();
  const names = ['a', 'b', 'c', 'd'];
  const children = names.map((name) =>
    spawn(process.execPath, ['-e', WRITER, path, name], { cwd, stdio: ['ignore', 'inherit', 'inherit'] }),
  );
  const state = { running: children.length };
  const ends = Promise.all(
    children.map(async (child) => {
      const end = await exitOf(child);
      state.running -= 1;
      return end;
    }),
  );
  const pool = openPool(path);
  const seen: unknown[] = [];
  while (state.running > 0) {
    seen.push(...(await pool.all('SELECT count(*) AS n FROM t GROUP BY process HAVING n % 1000 > 0')));
  }
  expect(await ends).toEqual(names.map(() => ({ code: 0, signal: null })));
  expect(seen).toEqual([]);
  const all = await pool.all('SELECT process, count(*) AS n FROM t GROUP BY process');
  expect(all).toEqual(names.map((process) => ({ process, n: 20_000 })));
  await pool.close();
  await expect(insertMany(pool, 't', [])).rejects.toMatchObject({ code: 'FERROLITE_POOL_CLOSED' });
}, 60_000);
