import { checkHealth } from 'ferrolite/ops';
import { Hono } from 'hono';
import { sqlite } from './database.ts';
import { isDraining } from './lifecycle.ts';

export const healthRoutes = new Hono()
  // Alive is a process that answers. A check of the database here would restart it for a full disk.
  .get('/live', (c) => c.json({ status: 'ok' }))

  .get('/ready', async (c) => {
    if (isDraining()) return c.json({ status: 'draining' }, 503);
    const { status, httpStatus, checks } = await checkHealth(sqlite(), { deadlineMs: 500 });
    if (status !== 'ok') console.error('health', status, JSON.stringify(checks));
    // The checks are for the log: this address is often reachable by everybody.
    return c.json({ status }, httpStatus);
  });
