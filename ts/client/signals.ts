/**
 * `closeOnSignals()`: closing before SIGTERM or SIGINT ends the process.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { registry, type SignalHandlers } from './registry';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Closes the databases of the main thread when SIGTERM or SIGINT arrives and nobody else handles it.
 *
 * If ours is the only listener of the signal, the databases are closed and the signal is raised again without
 * us, so that the process ends with the status of that signal; the first process of a container, which signals do
 * not end, exits with 143 or 130. With any other listener, that one decides when
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
    closeAll();
    remove();
    process.kill(process.pid, signal);
    // The first process of a container outlives a signal that nobody handles: the kernel never delivers it.
    if (process.pid === 1) process.exit(128 + constants.signals[signal]);
  };
  const remove = (): void => {
    for (const signal of SIGNALS) process.off(signal, handle);
    registry().signalHandlers = undefined;
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return { holders: 0, remove };
}

/** Closes every registered connection; never throws, which would keep the signal from ending the process. */
function closeAll(): void {
  for (const [path, connection] of registry().connections) {
    try {
      const errors = connection.close();
      // Still open means that rows are being iterated, and nobody will go on with them.
      if (connection.database.open) connection.forceClose();
      else for (const error of errors) report(path, error);
    } catch (error) {
      report(path, error);
    }
  }
}

function report(path: string, error: unknown): void {
  try {
    // console.error() may be asynchronous, and nothing runs after this.
    writeSync(2, `ferrolite: could not close ${path}: ${String(error)}\n`);
  } catch {
    // Nobody reads standard error: there is no other place left to say it.
  }
}
