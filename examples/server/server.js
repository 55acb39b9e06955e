import { createServer } from 'node:http';
import { getSqlite } from 'ferrolite';

const LAST_MOMENT_MS = 8000;

getSqlite().exec(`CREATE TABLE IF NOT EXISTS visit (
  id INTEGER PRIMARY KEY, page TEXT NOT NULL, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT`);

const server = createServer((request, response) => {
  const db = getSqlite();
  if (request.method === 'POST') db.prepare('INSERT INTO visit (page) VALUES (?)').run(request.url);
  const visits = db.prepare('SELECT count(*) FROM visit').pluck().get();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ visits, pid: process.pid }));
});

/** Finishes the requests that are under way; the exit closes the database and removes its log. */
function stop() {
  server.close(() => process.exit(0));
  // Browsers open connections in advance, and the server waits for those too.
  setTimeout(() => server.closeAllConnections(), LAST_MOMENT_MS).unref();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

// PM2 is told, if it waits for that.
server.listen(process.env.PORT ?? 3000, () => process.send?.('ready'));
