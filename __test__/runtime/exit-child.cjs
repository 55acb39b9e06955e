// Opens through the client, writes to the log and ends the way its argument says.
const { load } = require('./fixture.cjs');

const [driver, folder, file, how] = process.argv.slice(2);
const { getSqlite } = load({ driver, folder });
const db = getSqlite({ path: file });
db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
if (how === 'exit') process.exit(3);
if (how === 'throw') throw new Error('thrown on purpose');
