import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { timing } from 'hono/timing';
import { healthRoutes } from './health.ts';
import { isDraining } from './lifecycle.ts';
import { opportunityRoutes } from './opportunities.ts';
import { notFound, onError } from './problems.ts';

export const app = new Hono()
  .use(timing())
  .use(async (c, next) => {
    await next();
    // Clients make their next request on another connection, and so to another instance.
    if (isDraining()) c.header('Connection', 'close');
  })
  .use(bodyLimit({ maxSize: 2 ** 20 }))
  .route('/health', healthRoutes)
  .route('/opportunities', opportunityRoutes)
  .notFound(notFound)
  .onError(onError);
