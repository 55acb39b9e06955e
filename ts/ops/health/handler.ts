/** `checkHealth()` as an answer of HTTP: for whatever speaks in `Request` and `Response`, and for `node:http`. */
import { booleanOption } from '../../options';
import { findError } from '../find-error';
import { checkHealth } from './health';
import { checkHealthOptions, type HealthOptions } from './options';
import type { CheckedPool } from './pool';
import { CLOSED, resultOf, without, type HealthResult } from './result';
import type { CheckedDatabase } from './subject';

/** What is asked: whether requests may come, or whether the process should be started anew. */
export type HealthKind = 'readiness' | 'liveness';

/** Options of {@link healthHandler} and {@link healthListener}. */
export interface HealthHandlerOptions extends HealthOptions {
  /**
   * `'liveness'` looks only at what a restart mends: a connection that is closed, a file that was deleted or replaced.
   * Default `'readiness'`: everything.
   */
  readonly kind?: HealthKind | undefined;
  /** Answer with every check and its reason, not with the status alone: for addresses that not everybody reaches. */
  readonly details?: boolean | undefined;
  /**
   * Told of every check, for the log: an address that everybody reaches should not tell it. What it throws, the
   * handler rejects with; a listener answers 500, and it is an unhandled rejection.
   */
  readonly onResult?: ((result: HealthResult) => void) | undefined;
}

/** The database that is checked, or a function that gives it with each request. */
export type HealthSubject =
  CheckedDatabase | CheckedPool | string | (() => CheckedDatabase | CheckedPool | string);

/** What a handler needs of `http.ServerResponse`. */
export interface HealthServerResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body?: string): unknown;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/**
 * A handler that answers with the health of a database: for Next.js (`export const GET = healthHandler(getSqlite)`), Hono
 * (`app.get('/ready', (c) => handler(c.req.raw))`), Bun, Deno and whatever else gives a `Request`.
 *
 * @returns 200 or 503 with `{ "status": … }` as JSON, never cached; 405 for what is neither GET nor HEAD.
 * @throws {TypeError | RangeError} for wrong options.
 */
export function healthHandler(
  database: HealthSubject,
  options?: HealthHandlerOptions,
): (request?: { readonly method: string }) => Promise<Response> {
  const answer = answerer(database, options);
  return async (request) => {
    const { status, headers, body } = await answer(request?.method ?? 'GET');
    return new Response(body ?? null, { status, headers });
  };
}

/**
 * The same for `node:http` and Express: `createServer(healthListener('app.db'))`.
 *
 * @throws {TypeError | RangeError} for wrong options.
 */
export function healthListener(
  database: HealthSubject,
  options?: HealthHandlerOptions,
): (request: { readonly method?: string | undefined }, response: HealthServerResponse) => void {
  const answer = answerer(database, options);
  const respond = async (method: string, response: HealthServerResponse): Promise<void> => {
    const { status, headers, body } = await answer(method);
    response.writeHead(status, headers);
    response.end(body);
  };
  return (request, response) =>
    void respond(request.method ?? 'GET', response).catch((error: unknown) => {
      // Of `onResult`: whoever asks is to hear something all the same.
      response.writeHead(500, {});
      response.end();
      throw error;
    });
}

function answerer(
  database: HealthSubject,
  options: HealthHandlerOptions | undefined,
): (method: string) => Promise<Answer> {
  const given: unknown = options ?? {};
  if (typeof given !== 'object') throw new TypeError('Expected the options to be an object');
  const { kind = 'readiness', details: _, onResult, ...limits } = given as HealthHandlerOptions;
  const details = booleanOption(given!, 'details');
  if (kind !== 'readiness' && kind !== 'liveness') {
    throw new TypeError(`Expected the "kind" option to be 'readiness' or 'liveness'`);
  }
  if (onResult !== undefined && typeof onResult !== 'function') {
    throw new TypeError('Expected the "onResult" option to be a function');
  }
  checkHealthOptions(limits);
  return async (method) => {
    if (method !== 'GET' && method !== 'HEAD') {
      return { status: 405, headers: { Allow: 'GET, HEAD' }, body: undefined };
    }
    const result = await resultFor(database, limits);
    onResult?.(result);
    const { status, httpStatus } = judged(result, kind);
    const body = JSON.stringify(details ? { ...result, status, httpStatus } : { status });
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return { status: httpStatus, headers, body: method === 'HEAD' ? undefined : body };
  };
}

type Judged = Pick<HealthResult, 'status' | 'httpStatus'>;

/** A function that gives no database is one that cannot be used: an answer, as everything else that is wrong. */
async function resultFor(database: HealthSubject, limits: HealthOptions): Promise<HealthResult> {
  try {
    return await checkHealth(typeof database === 'function' ? database() : database, limits);
  } catch (error) {
    const code = findError(error)?.code;
    const reason = error instanceof Error ? error.message : String(error);
    return resultOf(without({ open: { status: 'unhealthy', reason, ...(code && { code }) } }), 0);
  }
}

function judged(result: HealthResult, kind: HealthKind): Judged {
  if (kind === 'readiness') return result;
  const { open, file } = result.checks;
  // Not what cannot be opened: a restart would not mend the disk either.
  const isDead = open.reason === CLOSED || file.status === 'unhealthy';
  return { status: isDead ? 'unhealthy' : 'ok', httpStatus: isDead ? 503 : 200 };
}
