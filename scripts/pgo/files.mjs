// What is done to whole databases: opening, journal modes, checkpoints, copies, checks, encryption.
import path from 'node:path';

const times = (count, action) => {
  for (let number = 0; number < count; number++) action(number);
};

/** Commits under each kind of journal, with savepoints and roll-backs. */
function journals(db, { words }) {
  const insert = db.prepare('INSERT INTO journal (what) VALUES (?)');
  const dots = "UPDATE journal SET what = what || '.' WHERE id % 50 = 3";
  for (const mode of ['delete', 'truncate', 'persist', 'memory', 'wal']) {
    db.pragma(`journal_mode = ${mode}`);
    times(60, () => insert.run(words(5)));
    times(6, () => db.exec(`BEGIN; ${dots}; ROLLBACK`));
    times(6, () => db.exec(`BEGIN; SAVEPOINT a; ${dots}; ROLLBACK TO a; RELEASE a; ${dots}; COMMIT`));
  }
}

function checkpoints(db, { words }) {
  const insert = db.prepare('INSERT INTO journal (what) VALUES (?)');
  for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
    db.transaction(() => times(2000, () => insert.run(words(3))))();
    db.pragma(`wal_checkpoint(${mode})`);
  }
}

/** Two connections to one file: what one commits, the other reads, with its schema read again. */
function neighbours(db, { open, integer }) {
  const other = open(db.name);
  const count = other.prepare('SELECT count(*), max(id) FROM journal WHERE id > ?');
  const title = other.prepare('SELECT title FROM book WHERE id = ?');
  const insert = db.prepare("INSERT INTO journal (what) VALUES ('seen by both')");
  times(300, () => {
    insert.run();
    count.get(integer(2000));
    title.get(integer(4000));
  });
  db.exec('CREATE INDEX journal_by_what ON journal (what); DROP INDEX journal_by_what');
  count.get(1);
  other.close();
  times(30, () => {
    const short = open(db.name);
    short.prepare('SELECT name FROM reader WHERE id = 3').get();
    short.close();
  });
}

async function copies(db, { open, folder }) {
  await db.backup(path.join(folder, 'copy.db'));
  db.exec(`VACUUM INTO '${path.join(folder, 'vacuumed.db')}'`);
  // An image in WAL mode cannot be opened in memory.
  db.pragma('journal_mode = delete');
  const inMemory = open(db.serialize());
  inMemory.exec('DELETE FROM loan WHERE id % 2; VACUUM');
  inMemory.close();
  db.pragma('journal_mode = wal');
  const other = open(path.join(folder, 'other.db'));
  other.prepare('ATTACH ? AS library').run(db.name);
  other.exec(`CREATE TABLE book AS SELECT * FROM library.book; CREATE INDEX by_title ON book (title, pages);
    INSERT INTO book SELECT * FROM library.book; REINDEX; ANALYZE; DETACH library; PRAGMA auto_vacuum = 2; VACUUM;
    DELETE FROM book WHERE id % 3 = 0; PRAGMA incremental_vacuum(200); VACUUM`);
  other.close();
}

function checks(db) {
  times(2, () => db.pragma('integrity_check'));
  times(2, () => db.pragma('quick_check'));
  db.pragma('foreign_key_check');
  db.pragma('optimize');
  db.exec('ANALYZE');
  times(2, () => db.prepare('SELECT name, sum(payload), max(mx_payload) FROM dbstat GROUP BY name').all());
}

/** The default cipher: pages are read and written through it. */
function encrypted(db, { open, folder }) {
  const secret = open(path.join(folder, 'secret.db'));
  secret.pragma("key = 'a training secret'");
  secret.exec('CREATE TABLE page (id INTEGER PRIMARY KEY, text TEXT); PRAGMA cache_size = 20');
  const insert = secret.prepare('INSERT INTO page (text) VALUES (?)');
  secret.transaction(() => times(3000, (number) => insert.run(`${number} `.repeat(40))))();
  times(20, () => secret.prepare('SELECT sum(length(text)) FROM page').get());
  secret.close();
}

export const files = { journals, checkpoints, neighbours, copies, checks, encrypted };
