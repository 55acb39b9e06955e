/**
 * `instrumentSqlite()`: a span around a call, for applications that use OpenTelemetry.
 *
 * The API package is the application's, never ours: without it the call is all that happens.
 */
import type { Span } from '@opentelemetry/api';

type Api = typeof import('@opentelemetry/api');

const API = '@opentelemetry/api';

/**
 * Runs `fn` inside a span `sqlite.<operation>` if the application has `@opentelemetry/api`.
 *
 * The span is active while `fn` runs, so spans made in it become its children. It has the kind CLIENT and the
 * attributes `db.system.name` and `db.operation.name`, and ends when `fn` has returned or its promise has
 * settled. An error is recorded, makes the status ERROR and sets `error.type`, and is thrown on unchanged.
 *
 * @param operation - A name of few values, such as `listOpportunities`; never SQL with values in it.
 * @param fn - A function that returns a value, a promise or a thenable.
 * @returns What `fn` returns; for a thenable, a promise of its value.
 * @throws {TypeError} if `operation` is no text or `fn` no function; else whatever `fn` throws.
 *
 * @example
 * const rows = instrumentSqlite('listOpportunities', () => getSqlite().prepare('SELECT ...').all());
 */
export function instrumentSqlite<T>(operation: string, fn: () => T): T {
  if (typeof operation !== 'string' || operation === '') {
    throw new TypeError('Expected first argument to be a non-empty string');
  }
  if (typeof fn !== 'function') throw new TypeError('Expected second argument to be a function');
  const api = openTelemetry();
  if (api === undefined) return fn();
  const options = {
    kind: api.SpanKind.CLIENT,
    attributes: { 'db.system.name': 'sqlite', 'db.operation.name': operation },
  };
  return api.trace.getTracer('ferrolite').startActiveSpan(`sqlite.${operation}`, options, (span) => {
    let result: T;
    try {
      result = fn();
    } catch (error) {
      fail(api, span, error);
      span.end();
      throw error;
    }
    // The promise takes the place of the thenable: a lazy one, as query builders are, must run only once.
    if (isThenable(result)) return endAfter(api, span, result) as T;
    span.end();
    return result;
  });
}

async function endAfter(api: Api, span: Span, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    fail(api, span, error);
    throw error;
  } finally {
    span.end();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

/** Attribute names: https://opentelemetry.io/docs/specs/semconv/database/database-spans/. */
function fail(api: Api, span: Span, error: unknown): void {
  const isObject = typeof error === 'object' && error !== null;
  const { code, name, message } = (isObject ? error : {}) as Partial<
    Record<'code' | 'name' | 'message', unknown>
  >;
  span.recordException(isObject ? (error as Error) : String(error));
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: String(isObject ? message : error) });
  span.setAttribute('error.type', String(code ?? name ?? '_OTHER'));
  if (typeof code === 'string' && code.startsWith('SQLITE_'))
    span.setAttribute('db.response.status_code', code);
}

let loaded: { readonly api: Api | undefined } | undefined;

function openTelemetry(): Api | undefined {
  loaded ??= { api: load() };
  return loaded.api;
}

function load(): Api | undefined {
  try {
    // A literal, so that bundlers see the dependency, in a try, so that they take it for optional.
    return require('@opentelemetry/api') as Api;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the package itself is missing, and not something that it needs. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') return false;
  // The first line names the module; the rest is the chain of those that asked for it.
  const [firstLine = ''] = error.message.split('\n', 1);
  return firstLine.includes(`'${API}'`);
}
