/**
 * What became of a promise and of a file, as JSON: free of the test runner, because children of tests use it too.
 */
import { existsSync, statSync } from 'node:fs';

export type Outcome = ['fulfilled', unknown] | ['rejected', string, string | null];

/** How `promise` was settled: with the value, or with the text and the code of the error. */
export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return ['fulfilled', await promise];
  } catch (error) {
    return ['rejected', String(error), (error as { code?: string } | undefined)?.code ?? null];
  }
}

/** How large the file at `path` is; null if there is none. */
export function sizeOf(path: string): number | null {
  return existsSync(path) ? statSync(path).size : null;
}
