import { app } from './app.ts';
import { migrateDatabase } from './database.ts';
import { address, endOnSignals, fail } from './lifecycle.ts';

function start() {
  try {
    // The port first: if it is taken, no database is opened or migrated. No request is read before this module ends.
    const server = Bun.serve({ fetch: app.fetch, ...address });
    migrateDatabase();
    return server;
  } catch (error) {
    return fail(error);
  }
}

const server = start();
console.log(`listening on port ${server.port}`);

endOnSignals({ stop: () => server.stop() });
