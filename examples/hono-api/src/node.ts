import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { app } from './app.ts';
import { migrateDatabase } from './database.ts';
import { address, endOnSignals, fail } from './lifecycle.ts';

// The port first: if it is taken, no database is opened or migrated. No request is read before this callback returns.
const server = serve({ fetch: app.fetch, ...address }, ({ port }) => {
  try {
    migrateDatabase();
  } catch (error) {
    fail(error);
  }
  console.log(`listening on port ${port}`);
}) as Server;
server.on('error', fail);

let open = 0;
server.on('request', (_, response) => {
  open += 1;
  response.once('close', () => {
    open -= 1;
    if (open === 0) server.emit('answered');
  });
});

endOnSignals({
  async stop() {
    const closed = once(server, 'close');
    server.close();
    if (open > 0) await once(server, 'answered');
    // close() would wait for connections on which no request has come yet; browsers open them in advance.
    server.closeAllConnections();
    await closed;
  },
});
