import { join } from 'node:path';
import { getDb } from 'ferrolite';

// Part of the function's package, made in the build and read here only.
const CATALOG = join(import.meta.dirname, 'catalog.db');

export async function handler(event) {
  const page = event.queryStringParameters?.page ?? '/';
  const row = getDb(CATALOG, { immutable: true }).prepare('SELECT title FROM page WHERE url = ?').get(page);
  return {
    statusCode: row === undefined ? 404 : 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(row ?? { error: 'no such page' }),
  };
}
