import { getSqlite } from 'ferrolite';

// Without this `next build` would call GET and keep the answer.
export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json(getSqlite().prepare('SELECT * FROM opportunities LIMIT 200').all());
}
