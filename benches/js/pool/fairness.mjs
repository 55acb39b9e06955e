// How long writes of several processes wait for each other on one file.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../statistics.mjs';
import { prepareFile } from './ways.mjs';

const WRITER = fileURLToPath(new URL('fairness-writer.mjs', import.meta.url));

const next = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    // Not `exit`, which can come before the last message.
    child.once('disconnect', () => reject(new Error('a writer ended early')));
  });

export async function run(home, { way, processes, durationMs }) {
  const file = join(home, 'fairness.db');
  await prepareFile(way, file, (db) => db.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT)'));
  const argument = JSON.stringify({ way, file, durationMs });
  const children = Array.from({ length: processes }, () => fork(WRITER, [argument]));
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  await Promise.all(children.map(next));
  const answers = children.map(next);
  for (const child of children) child.send('go');
  const results = await Promise.all(answers);
  await Promise.all(ended);
  const waits = results.flatMap(({ waitsMs }) => waitsMs);
  const counts = results.map(({ waitsMs }) => waitsMs.length);
  return {
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    maxMs: waits.reduce((most, ms) => Math.max(most, ms), 0),
    perSecond: (waits.length * 1000) / durationMs,
    leastOfAProcess: Math.min(...counts),
    mostOfAProcess: Math.max(...counts),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
  };
}
