/** Calls that can be given up: by their signal, or when they take too long. */
import { FerroliteError } from '../errors';
import type { Jobs, Request } from './jobs';
import type { Call } from './options';

/** The longest time of a timer. */
const LONGEST_MS = 0x7fff_ffff;

/**
 * Hands in a job that can be given up by its signal or its time.
 *
 * @returns Its number; undefined when its signal was aborted before, and its receiver has heard of it.
 */
export function submitCall(jobs: Jobs, call: Call, request: Omit<Request, 'rows'>): number | undefined {
  const { signal, timeoutMs, background } = call;
  if (signal === undefined && (timeoutMs === undefined || timeoutMs > LONGEST_MS)) {
    return jobs.submit({ ...request, rows: call, background });
  }
  if (signal?.aborted === true) {
    request.receiver.failed(signal.reason);
    return undefined;
  }
  let timer: NodeJS.Timeout | undefined;
  const abort = () => jobs.cancel(job, signal!.reason);
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
  const { receiver } = request;
  const job = jobs.submit({
    ...request,
    rows: call,
    background,
    receiver: {
      ...(receiver.rows && { rows: receiver.rows }),
      ...(receiver.changes && { changes: receiver.changes }),
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
  signal?.addEventListener('abort', abort, { once: true });
  if (timeoutMs !== undefined && timeoutMs <= LONGEST_MS) {
    timer = setTimeout(() => jobs.cancel(job, timeoutError(timeoutMs)), timeoutMs);
  }
  return job;
}

function timeoutError(timeoutMs: number): FerroliteError {
  return new FerroliteError(`The call has taken more than ${timeoutMs} ms (timeoutMs)`, 'FERROLITE_TIMEOUT');
}
