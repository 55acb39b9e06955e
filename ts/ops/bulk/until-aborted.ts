/** Sources that are waited for, and that a signal leaves although they stall. */
import { onAbort } from '../../pool/on-abort';

/**
 * The values of a source, until the signal comes.
 *
 * @throws The signal's reason, also while the next value is waited for. The source is told to end, and not waited for.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return signal === undefined ? source : watched(source, signal);
}

async function* watched<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: ((reason: unknown) => void) | undefined;
  const ignore = onAbort(signal, () => giveUp?.(signal.reason));
  let ended = false;
  try {
    for (;;) {
      // A promise for each: a race against one that lasts would keep what every value leaves there.
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        giveUp = reject;
        Promise.resolve(iterator.next()).then(resolve, (error: unknown) => {
          ended = true;
          reject(error);
        });
      });
      signal.throwIfAborted();
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    ignore();
    if (!ended) {
      const left = Promise.resolve(iterator.return?.());
      // One that stalls never comes to its end.
      if (signal.aborted) left.catch(() => undefined);
      else await left;
    }
  }
}
