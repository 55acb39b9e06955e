import Database, { closeDatabase, getSqlite, SqliteError } from 'ferrolite';

// The client's connection, in a file; and one of its own, whose rows come in batches.
const db = getSqlite({ path: 'app.db' });
db.exec('CREATE TABLE IF NOT EXISTS city (name TEXT UNIQUE)');
db.prepare('INSERT OR IGNORE INTO city VALUES (?)').run('Bern');
let code = '';
try {
  db.exec("INSERT INTO city VALUES ('Bern')");
} catch (error) {
  code = error instanceof SqliteError ? error.code : String(error);
}
const memory = new Database(':memory:');
const numbers = memory.prepare('SELECT value FROM json_each(?)').pluck().all('[1,2,3]');
console.log(JSON.stringify({ cities: db.prepare('SELECT name FROM city').all(), code, numbers }));
memory.close();
closeDatabase();
