/**
 * `closeOnSignals()`: closing before SIGTERM or SIGINT ends the process.
 */
import { isMainThread } from 'node:worker_threads';
import { closeRegistered } from './exit';
import { registry, type SignalHandlers } from './registry';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Closes the databases of the main thread when SIGTERM or SIGINT arrives and nobody else handles it.
 *
 * If ours is the only listener of the signal, the databases are closed and the signal is raised again without
 * us, so that the process ends with the status of that signal. With any other listener, that one decides when
 * and how the process ends, and the databases are closed at exit.
 *
 * @returns A function that takes the handlers back.
 * @throws {TypeError} in a worker: signals reach the main thread only.
 */
export function closeOnSignals(): () => void {
  if (!isMainThread) {
    throw new TypeError(
      'closeOnSignals() must be called on the main thread: signals are not delivered to workers',
    );
  }
  const handlers = (registry().signalHandlers ??= install());
  handlers.holders += 1;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    handlers.holders -= 1;
    if (handlers.holders === 0) handlers.remove();
  };
}

/** One listener per signal for all callers: two of ours would each take the other for the application's. */
function install(): SignalHandlers {
  const handle = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    closeRegistered(true);
    remove();
    process.kill(process.pid, signal);
  };
  const remove = (): void => {
    for (const signal of SIGNALS) process.off(signal, handle);
    registry().signalHandlers = undefined;
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return { holders: 0, remove };
}
