import { BYTES, fails, finish, say } from '../transcript.ts';
import { db } from './db.ts';

await db.exec(
  'CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE, metadata TEXT, photo BLOB)',
);
const insert = db.prepare('INSERT INTO customers (email, metadata, photo) VALUES (?, ?, ?)');
say('run', await insert.bind('ada@example.com', '{"tags":["vip"]}', Buffer.from(BYTES) as never).run());
say('template', await db.sql`SELECT * FROM customers WHERE email = ${'ada@example.com'}`);
say('insert', await db.sql`INSERT INTO customers (email) VALUES (${'grace@example.com'})`);
say('get', await db.prepare('SELECT email FROM customers WHERE id = ?').get(2));
say('all', await db.prepare("SELECT metadata ->> '$.tags[0]' AS tag FROM customers").all());
await fails('unique', () => db.sql`INSERT INTO customers (email) VALUES (${'ada@example.com'})`);
await db.exec('BEGIN');
await db.sql`DELETE FROM customers`;
await db.exec('ROLLBACK');
say('rollback', await db.sql`SELECT count(*) AS n FROM customers`);
const instance = await db.getInstance();
say('instance', instance.inTransaction);
await db.dispose();
finish();
