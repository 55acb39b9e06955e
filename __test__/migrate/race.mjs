// Processes that migrate at the same moment, again and again. Free of the test runner.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'ferrolite';
import { projectRoot } from '../crash/kill.mjs';

/** The second one is not one transaction; `a` must have each of its rows once. */
export const FILES = {
  '1.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
  '2.sql': 'INSERT INTO a VALUES (2); VACUUM; INSERT INTO a VALUES (3);',
  '3.cjs': 'exports.up = (db) => db.exec("INSERT INTO a VALUES (4)");',
};

/** A process is told a path, a folder, options and the moment to begin; it answers with a line. */
const MIGRATE = `
  const { createInterface } = require('node:readline');
  const { runMigrations } = require('ferrolite/migrate');
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { path, folder, options, at } = JSON.parse(line);
    while (Date.now() < at);
    runMigrations(path, folder, options).then(
      ({ runs }) => console.log(JSON.stringify({ runs: runs.map(({ name }) => name) })),
      (error) => console.log(JSON.stringify({ failed: error.stack })),
    );
  });
`;
/** Until all have heard of it. */
const BEGIN_MS = 2;

class Racer {
  #child = spawn(process.execPath, ['-e', MIGRATE], { cwd: projectRoot, stdio: ['pipe', 'pipe', 'inherit'] });
  #answer;
  #output = '';

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#output += text;
      if (!this.#output.endsWith('\n')) return;
      this.#answer.resolve(JSON.parse(this.#output));
      this.#output = '';
    });
    this.#child.on('exit', (code, signal) =>
      this.#answer?.reject(new Error(`a process ended: ${signal ?? code}`)),
    );
  }

  migrate(task) {
    this.#answer = Promise.withResolvers();
    this.#child.stdin.write(`${JSON.stringify(task)}\n`);
    return this.#answer.promise;
  }

  end() {
    this.#answer = undefined;
    this.#child.stdin.end();
  }
}

/** Processes that stay for many races. */
export class Racers {
  #racers;

  constructor(size) {
    this.#racers = Array.from({ length: size }, () => new Racer());
  }

  /** @returns What is wrong after `size` of them have migrated `path`; undefined if nothing is. */
  async race(path, folder, size = this.#racers.length, options = {}) {
    const task = { path, folder, options, at: Date.now() + BEGIN_MS };
    const answers = await Promise.all(this.#racers.slice(0, size).map((racer) => racer.migrate(task)));
    return complaint(path, answers);
  }

  end() {
    for (const racer of this.#racers) racer.end();
  }
}

function complaint(path, answers) {
  const failed = answers.find((answer) => answer.failed !== undefined);
  if (failed !== undefined) return failed.failed;
  if (!existsSync(path)) return 'there is no file';
  const db = new Database(path);
  const rows = db.prepare('SELECT x FROM a ORDER BY x').pluck().all();
  const recorded = db.prepare('SELECT name, steps_done FROM _ferrolite_migrations ORDER BY id').raw().all();
  const integrity = db.pragma('integrity_check', { simple: true });
  db.close();
  const found = {
    runs: answers.flatMap(({ runs }) => runs).toSorted(),
    rows,
    recorded,
    integrity,
    beside: readdirSync(dirname(path)).filter((name) =>
      /-(?:migrating|rehearsal|journal|wal)|\.partial/.test(name),
    ),
  };
  return JSON.stringify(found) === JSON.stringify(EXPECTED) ? undefined : JSON.stringify(found);
}

const EXPECTED = {
  runs: ['1', '2', '3'],
  rows: [1, 2, 3, 4],
  recorded: [
    ['1', null],
    ['2', null],
    ['3', null],
  ],
  integrity: 'ok',
  beside: [],
};
