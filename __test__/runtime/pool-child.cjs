// Uses a pool and ends the way its argument says, without closing it.
const { busyPool, loadPool } = require('./pool-calls.cjs');

const [folder, file, how] = process.argv.slice(2);
const fixture = { folder };

async function main() {
  if (how === 'exit' || how === 'throw') {
    await busyPool(fixture, file);
    if (how === 'exit') process.exit(3);
    // Outside of the promise: an uncaught error, and no rejection.
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
    return;
  }
  const pool = loadPool(fixture).openPool(file);
  await pool.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
  if (how === 'pending') void pool.get('SELECT count(*) AS n FROM t').then(({ n }) => console.log(n));
}

void main();
