/** Hears of signals, each of which thousands of calls can share. */

/** What is called when a signal is aborted, behind the one listener that it has of this module. */
const heard = new WeakMap<AbortSignal, { readonly all: Set<() => void>; readonly listener: () => void }>();

/**
 * Calls `aborted` once when the signal is aborted. A listener for each call would cost as much as the signal has
 * others: those are compared with every one that is added or removed.
 *
 * @returns What ends that.
 */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  let found = heard.get(signal);
  if (found === undefined) {
    const all = new Set<() => void>();
    const listener = (): void => {
      heard.delete(signal);
      for (const each of all) each();
    };
    heard.set(signal, (found = { all, listener }));
    signal.addEventListener('abort', listener, { once: true });
  }
  const { all, listener } = found;
  all.add(aborted);
  return () => {
    if (!all.delete(aborted) || all.size > 0) return;
    // Without listeners nobody keeps the signal of a timer alive.
    signal.removeEventListener('abort', listener);
    if (heard.get(signal)?.all === all) heard.delete(signal);
  };
}
