// A process whose snapshots follow each other without a gap: a new one begins before the last has ended, so that a log
// is never without a reader. Each lasts some milliseconds. Told to "hold", it keeps one more until "release".
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'ferrolite';

const [path, snapshotMs] = process.argv.slice(2);
const open = () => new Database(path, { readonly: true, timeout: 60_000 });
const begin = (db) => {
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM (SELECT 1 FROM t LIMIT 100)').get();
};

const [one, other, holder] = [open(), open(), open()];
const over = new AbortController();
let snapshots = 0;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'hold') begin(holder);
    if (line === 'release') holder.exec('COMMIT');
  })
  .on('close', () => over.abort());
console.log('ready');

begin(one);
for (let [current, next] = [one, other]; !over.signal.aborted; [current, next] = [next, current]) {
  await sleep(Number(snapshotMs));
  begin(next);
  current.exec('COMMIT');
  snapshots += 1;
}
for (const db of [one, other, holder]) db.close();
console.log(JSON.stringify({ snapshots }));
