// A service that is told to end while its write-ahead log holds what was written last.
import { sql } from 'drizzle-orm';
import { db } from './client.ts';

db.run(sql`CREATE TABLE t (x)`);
db.run(sql`INSERT INTO t VALUES (${'written'})`);
console.log(JSON.stringify(db.all(sql`SELECT x FROM t`)));
setInterval(() => undefined, 1000);
process.kill(process.pid, 'SIGTERM');
