import { healthHandler } from 'ferrolite/ops';
import { Hono } from 'hono';
import { sqlite } from './database.ts';
import { isDraining } from './lifecycle.ts';

const ready = healthHandler(sqlite, {
  deadlineMs: 500,
  // The checks are for the log: this address is often reachable by everybody.
  onResult({ status, checks }) {
    if (status !== 'ok') console.error('health', status, JSON.stringify(checks));
  },
});

export const healthRoutes = new Hono()
  // Alive is a process that answers. A check of the database here would restart it for a full disk.
  .get('/live', (c) => c.json({ status: 'ok' }))
  .get('/ready', async (c): Promise<Response> => {
    return isDraining() ? c.json({ status: 'draining' }, 503) : ready(c.req.raw);
  });
