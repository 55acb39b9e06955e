/** Waiting for facts, never for time: each helper resolves on an event. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { EventEmitter } from 'node:events';

/** Resolves with the first line of `stream` for which `wanted` is true; rejects when the stream ends before. */
export function lineOf(stream: Readable, wanted: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      if (!wanted(line)) return;
      resolve(line);
      lines.close();
    });
    lines.on('close', () => reject(new Error('the stream ended without the line that was waited for')));
  });
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when `child` has ended and its output is complete. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Resolves with the first argument of the next `event`; rejects on `error` before it. */
export function nextEvent(emitter: EventEmitter, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      emitter.off(event, succeed);
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const succeed = (value: unknown): void => {
      emitter.off('error', fail);
      resolve(value);
    };
    emitter.once(event, succeed);
    if (event !== 'error') emitter.once('error', fail);
  });
}

/** A promise, and what settles it. As `Promise.withResolvers()`, which Node.js 20 lacks. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve: resolve! };
}
