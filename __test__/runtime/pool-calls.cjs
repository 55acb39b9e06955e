// Calls of a pool, in whatever state they are when their thread or process ends. Knows no checks.
const { load } = require('./fixture.cjs');

const loadPool = (fixture) => load(fixture, '/pool');

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
const NEVER = new Promise(() => {});

/** A pool on `file` with calls of every kind under way. */
async function busyPool(fixture, file) {
  const pool = loadPool(fixture).openPool(file, { readers: 2 });
  await pool.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
  const ignored = () => undefined;
  const stream = pool.iterate(
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n',
  );
  await stream.next();
  pool.all(ENDLESS).catch(ignored);
  pool.function('asked', (value) => value);
  pool.all(ENDLESS.replace('count(*)', 'sum(asked(i))')).catch(ignored);
  pool.read(() => NEVER).catch(ignored);
  const begun = new Promise((resolve) => {
    pool
      .transaction(async (tx) => {
        await tx.run("INSERT INTO t VALUES ('lost')");
        resolve();
        await tx.all(ENDLESS);
      })
      .catch(ignored);
  });
  await begun;
  for (let index = 0; index < 50; index++) pool.run("INSERT INTO t VALUES ('waiting')").catch(ignored);
  return pool;
}

module.exports = { busyPool, loadPool, ENDLESS };
