// Starts a checkpointer and ends the way its argument says, without stopping it.
const { load } = require('./fixture.cjs');

const [folder, file, how] = process.argv.slice(2);
const fixture = { folder };

const db = load(fixture).getDb(file);
db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
load(fixture, '/ops').startCheckpointer(db);
if (how === 'exit') process.exit(3);
if (how === 'throw') {
  setImmediate(() => {
    throw new Error('thrown on purpose');
  });
}
