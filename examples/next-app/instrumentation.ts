/** Next.js calls it once when a server starts, before the first request; `next build` does not. */
export async function register() {
  // This file is compiled for the Edge runtime too, which has neither files nor addons. The import has to stand
  // inside of the condition: webpack keeps one that comes after an early return.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { createSchema } = await import('./lib/db');
    createSchema();
  }
  // Nothing to close: SIGTERM and SIGINT make Next.js end the process, and the database is closed with it.
}
