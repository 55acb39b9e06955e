import { STATUS_CODES } from 'node:http';
import { toHttpError } from 'ferrolite/ops';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';

/** Problem details, RFC 9457. */
function problemOf(status: number, more: object = {}): Response {
  const headers = { 'Content-Type': 'application/problem+json' };
  return Response.json({ title: STATUS_CODES[status], status, ...more }, { status, headers });
}

/** Answers every failure that a handler does not answer itself. */
export function onError(error: Error): Response {
  if (error instanceof HTTPException) return problemOf(error.status, { detail: error.message });
  const problem = toHttpError(error);
  // Constraints are the client's matter. The rest is ours: the log gets SQLite's own text and the statement.
  if (problem === undefined || problem.status >= 500) console.error(error);
  if (problem === undefined) return problemOf(500);
  return Response.json(problem, { status: problem.status, headers: problem.headers });
}

export const notFound = (): Response => problemOf(404);

/** For zValidator: says what is wrong with each field of a request. */
export function onInvalid(
  result: { success: true } | { success: false; error: Pick<z.ZodError, 'issues'> },
): Response | undefined {
  if (result.success) return undefined;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  return problemOf(422, { errors });
}
