import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { finish, say } from '../transcript.ts';
import { app, sqlite, store } from './app.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

app.get('/', (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ visits: request.session.visits });
});
app.get('/out', (request, response) => {
  request.session.destroy((error: unknown) => response.json({ error: error ?? null }));
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

let cookie = '';
async function visit(path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } });
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
  return { status: response.status, body: await response.json() };
}
const stored = (): unknown => sqlite.prepare('SELECT count(*) AS sessions FROM sessions').get();

say('first', await visit('/'));
say('second', await visit('/'));
say('stored', stored());
say('out', await visit('/out'));
say('stored after', stored());
say('third', await visit('/'));
say('length', await new Promise((resolve) => store.length((_: unknown, length: unknown) => resolve(length))));
await new Promise((resolve) => server.close(resolve));
sqlite.close();
finish();
// The store clears by a timer that nothing stops.
process.exit();
