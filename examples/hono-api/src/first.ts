import { serve } from '@hono/node-server';
import { closeOnSignals, getSqlite } from 'ferrolite';
import { Hono } from 'hono';

getSqlite().exec('CREATE TABLE IF NOT EXISTS opportunities (id INTEGER PRIMARY KEY, customer TEXT NOT NULL)');

const app = new Hono();

app.get('/opportunities', (c) => c.json(getSqlite().prepare('SELECT * FROM opportunities LIMIT 200').all()));

app.post('/opportunities', async (c) => {
  const { customer } = await c.req.json();
  const row = getSqlite()
    .prepare('INSERT INTO opportunities (customer) VALUES (?) RETURNING *')
    .get(customer);
  return c.json(row, 201);
});

closeOnSignals();
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/opportunities`);
});
