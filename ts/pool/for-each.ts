/** `fleet.forEach()`: the same for all databases, a few at a time. */
import { FerroliteError } from '../errors';
import { checkSignal, integerOption, known } from '../options';

/** How all databases are gone through. */
export interface ForEachOptions {
  /** Databases at a time: 1 to `maxOpen`. Default 4, or `maxOpen` if that is less. */
  readonly concurrency?: number | undefined;
  /** Begins no further ones once it is aborted; the promise rejects with its reason when those under way have ended. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link forEach} rejects with when functions have failed: after all others were called. */
export class FleetFailures extends FerroliteError {
  /** What the function has thrown, by the name of the database. */
  readonly failures: ReadonlyMap<string, unknown>;

  constructor(failures: ReadonlyMap<string, unknown>, count: number) {
    const [[name, cause]] = [...failures] as [[string, unknown]];
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${failures.size} of ${count} databases have failed, the first one ${name}: ${reason}`,
      'FERROLITE_FLEET_FAILURES',
      { cause },
    );
    this.failures = failures;
  }
}

const DEFAULT_CONCURRENCY = 4;

/** Checks the options. @param most - As many databases as may be open. */
export function readForEachOptions(
  options: unknown,
  most: number,
): { concurrency: number; signal: AbortSignal | undefined } {
  const { concurrency, signal } = known(options ?? {}, ['concurrency', 'signal']) as ForEachOptions;
  return {
    concurrency: integerOption(concurrency, 'concurrency', 1, most) ?? Math.min(DEFAULT_CONCURRENCY, most),
    signal: checkSignal(signal),
  };
}

/**
 * Calls `fn` for each name, `concurrency` at a time.
 *
 * @throws {FleetFailures} when all have ended, if any has failed.
 */
export async function forEach<T>(
  names: readonly string[],
  fn: (name: string) => T | PromiseLike<T>,
  { concurrency, signal }: { concurrency: number; signal: AbortSignal | undefined },
): Promise<Map<string, T>> {
  const results = new Map<string, T>();
  const failures = new Map<string, unknown>();
  const waiting = names.values();
  const work = async (): Promise<void> => {
    for (const name of waiting) {
      if (signal?.aborted === true) return;
      try {
        results.set(name, await fn(name));
      } catch (error) {
        failures.set(name, error);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  signal?.throwIfAborted();
  if (failures.size > 0) throw new FleetFailures(inOrder(names, failures), names.length);
  return inOrder(names, results);
}

/** As the names are ordered, and not as the databases happened to end. */
const inOrder = <T>(names: readonly string[], found: ReadonlyMap<string, T>): Map<string, T> =>
  new Map(names.filter((name) => found.has(name)).map((name) => [name, found.get(name)!]));
