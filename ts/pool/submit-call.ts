/** Calls that can be given up: by their signal, or when they take too long. */
import { FerroliteError } from '../errors';
import { MAX_TIMER_MS } from '../options';
import type { Jobs, Request } from './jobs';
import { onAbort } from './on-abort';
import type { Call } from './options';

/** When a job is given up. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; what no timer can count is no limit. */
  readonly limitMs: number | undefined;
  /** The time begins when the pool does: what it does before is nobody's fault. */
  readonly fromBeginning?: boolean;
  /** The error for one that takes longer. */
  late(): Error;
}

/** Hands in a job that can be given up by the signal or the time of its call. */
export function submitCall(jobs: Jobs, { signal, timeoutMs }: Call, request: Request): number | undefined {
  if (signal === undefined && timeoutMs === undefined) return jobs.submit(request);
  const late = () => timeoutError(timeoutMs!);
  return submitWithin(jobs, request, { signal, limitMs: timeoutMs, late });
}

/**
 * Hands in a job that can be given up by a signal or after a time.
 *
 * @returns Its number; undefined when its signal was aborted before, and its receiver has heard of it.
 */
export function submitWithin(
  jobs: Jobs,
  request: Request,
  { signal, limitMs = Infinity, late, fromBeginning = false }: Limits,
): number | undefined {
  if (signal === undefined && limitMs > MAX_TIMER_MS) return jobs.submit(request);
  const { receiver } = request;
  if (signal?.aborted === true) {
    receiver.failed(signal.reason);
    return undefined;
  }
  let timer: NodeJS.Timeout | undefined;
  let ignore: (() => void) | undefined;
  const abort = () => jobs.cancel(job, signal!.reason);
  const end = () => {
    clearTimeout(timer);
    ignore?.();
  };
  const job = jobs.submit({
    ...request,
    receiver: {
      rows: (rows, more) => receiver.rows?.(rows, more),
      changes: (changes) => receiver.changes?.(changes),
      done() {
        end();
        receiver.done();
      },
      failed(error) {
        end();
        receiver.failed(error);
      },
    },
  });
  ignore = signal && onAbort(signal, abort);
  if (limitMs > MAX_TIMER_MS) return job;
  const start = (): void => {
    if (jobs.has(job)) timer = setTimeout(() => jobs.cancel(job, late()), limitMs);
  };
  if (fromBeginning && jobs.gate !== undefined) jobs.gate.whenOpen(start);
  else start();
  return job;
}

export function timeoutError(timeoutMs: number): FerroliteError {
  return new FerroliteError(`The call has taken more than ${timeoutMs} ms (timeoutMs)`, 'FERROLITE_TIMEOUT');
}
