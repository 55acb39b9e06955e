// A process that writes at full speed until it is told to end: transactions of ten rows over a table of fixed size.
// Prints what its commits took.
import Database from 'ferrolite';

const [path, autocheckpoint] = process.argv.slice(2);
const db = new Database(path, { timeout: 60_000 });
db.pragma(`wal_autocheckpoint = ${autocheckpoint}`);
const update = db.prepare('UPDATE t SET x = randomblob(2000) WHERE id = ?');
const { n: rows } = db.prepare('SELECT count(*) AS n FROM t').get();

let row = 0;
const write = db.transaction(() => {
  for (let count = 0; count < 10; count += 1) {
    row = (row + 7919) % rows;
    update.run(row + 1);
  }
});

let isOver = false;
process.stdin.once('end', () => (isOver = true)).resume();
/** Counts by tenths of a millisecond, the last for all that is longer: the run is too long to keep each. */
const counts = new Float64Array(100_001);
let longestMs = 0;

function round() {
  const end = performance.now() + 20;
  let before = performance.now();
  while (before < end) {
    write.immediate();
    const after = performance.now();
    const ms = after - before;
    counts[Math.min(counts.length - 1, Math.round(ms * 10))] += 1;
    longestMs = Math.max(longestMs, ms);
    before = after;
  }
  if (!isOver) return void setImmediate(round);
  db.close();
  const total = counts.reduce((sum, count) => sum + count, 0);
  const quantile = (share) => {
    let seen = 0;
    return counts.findIndex((count) => (seen += count) >= total * share) / 10;
  };
  const latencyMs = { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), longest: longestMs };
  console.log(JSON.stringify({ transactions: total, latencyMs }));
}
console.log('ready');
round();
