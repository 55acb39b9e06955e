// Opens, writes to the log and ends the way its argument says.
const { openScan } = require('./callbacks.cjs');
const { load } = require('./fixture.cjs');

const [driver, folder, file, open, how] = process.argv.slice(2);
const Database = load({ driver, folder });
// Before the database is opened and after: both kinds of listeners may use it.
if (how === 'listeners') process.on('exit', () => insert('before'));
const db = open === 'getSqlite()' ? Database.getSqlite({ path: file }) : new Database(file);
db.pragma('journal_mode = WAL');
db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
const insert = (value) => db.prepare('INSERT INTO t VALUES (?)').run(value);

/** A worker that is inside of a query without end. */
async function startEndless() {
  const { start, untilInside } = require('./threads.cjs');
  db.pragma('busy_timeout = 0');
  const started = start('endless', { driver, folder }, file);
  await untilInside(started, db);
  return started.worker;
}

const ends = {
  end: () => undefined,
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('thrown on purpose');
  },
  reject: () => {
    void Promise.reject(new Error('rejected on purpose'));
    // Keeps the process alive until the rejection ends it.
    setInterval(() => {}, 1000);
  },
  transaction: () => db.exec("BEGIN; INSERT INTO t VALUES ('lost')") && process.exit(3),
  iterating: () => {
    db.prepare("INSERT INTO t VALUES ('lost'), ('lost') RETURNING x").iterate().next();
    process.exit(3);
  },
  function: () =>
    db
      .function('leave', () => process.exit(3))
      .prepare('SELECT leave()')
      .get(),
  worker: async () => {
    await startEndless();
    process.exit(3);
  },
  terminate: async () => {
    await (await startEndless()).terminate();
    process.exit(3);
  },
  listeners: () => {
    process.on('exit', () => insert('after'));
    process.exit(3);
  },
};
// Each way to end also with a scan of a virtual table open, whose generator can no longer be ended.
const [way, scanning] = how.split(' ');
if (scanning !== undefined) globalThis.scan = openScan(db);
ends[way]();
