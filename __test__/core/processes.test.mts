// Processes other than a plain `node file.js`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drivers } from '../helpers/drivers.mts';
import { projectRoot, tryInChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

/** Writes a row and tells how many there are. */
function write(driver: string, path: string): number {
  const Database = require(driver);
  const db = new Database(path).exec('CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)');
  const count = db.prepare('SELECT count(*) FROM t').pluck().get();
  db.close();
  return count;
}

describe.each(drivers.map((driver) => [driver.name, driver] as const))('%s under --permission', (name) => {
  const reading = ['--permission', '--allow-fs-read=*'];

  it('works where addons are allowed', () => {
    const path = tempDb();
    const { value, stderr } = tryInChild(write, [name, path], { flags: [...reading, '--allow-addons'] });
    expect([value, stderr.includes('Error')]).toEqual([1, false]);
  });

  it('fails at the first database with an error of Node where they are not', () => {
    const { code, stderr } = tryInChild(write, [name, tempDb()], { flags: reading });
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_DLOPEN_DISABLED');
  });
});

/** Runs a script that starts processes of its own, and gives what it prints. */
function runScript(source: string, ...args: string[]): unknown {
  const file = join(tempDir(), 'main.cjs');
  writeFileSync(file, `const Database = require(${JSON.stringify(projectRoot)});\n${source}`);
  const child = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  expect([child.stderr, child.status]).toEqual(['', 0]);
  return JSON.parse(child.stdout);
}

describe('child_process.fork', () => {
  it('gives children that use the file of their parent', () => {
    const source = `
      const { fork } = require('node:child_process');
      const path = process.argv[2];
      const db = new Database(path);
      if (process.send) {
        db.prepare('INSERT INTO t VALUES (?)').run(process.pid);
        process.send('done');
        process.disconnect();
      } else {
        db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
        let left = 4;
        for (let started = 0; started < 4; started += 1) {
          const child = fork(__filename, [path]);
          const messages = [];
          child.on('message', (message) => messages.push(message));
          child.on('close', (code) => {
            if (code !== 0 || messages[0] !== 'done') process.exitCode = 1;
            left -= 1;
            if (left > 0) return;
            console.log(JSON.stringify(db.prepare('SELECT count(DISTINCT a) AS n, count(*) AS rows FROM t').get()));
          });
        }
      }`;
    expect(runScript(source, tempDb())).toEqual({ n: 4, rows: 4 });
  });
});

describe('cluster', () => {
  it('gives workers that write to one file', () => {
    const source = `
      const cluster = require('node:cluster');
      const path = process.argv[2];
      const db = new Database(path);
      if (cluster.isPrimary) {
        db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (worker)');
        let left = 3;
        cluster.on('exit', (_, code) => {
          if (code !== 0) process.exitCode = 1;
          left -= 1;
          if (left > 0) return;
          const rows = db.prepare('SELECT worker, count(*) AS n FROM t GROUP BY worker').all();
          console.log(JSON.stringify(rows));
        });
        for (let id = 0; id < 3; id += 1) cluster.fork();
      } else {
        const insert = db.prepare('INSERT INTO t VALUES (?)');
        const add = db.transaction(() => insert.run(cluster.worker.id));
        for (let n = 0; n < 50; n += 1) add.immediate();
        process.exit(0);
      }`;
    expect(runScript(source, tempDb())).toEqual([1, 2, 3].map((worker) => ({ worker, n: 50 })));
  });
});
