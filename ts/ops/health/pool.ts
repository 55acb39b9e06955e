/** A pool as something that is checked: through its queue, as every call of the application. */
import type { Deadline } from './deadline';
import { findError } from '../find-error';
import type { Patient } from './patient';
import type { HealthStatus, ProbeCheck } from './result';

interface Limits {
  readonly timeoutMs?: number;
}

/** What a check needs of a pool: one of this package, whichever copy of it. */
export interface CheckedPool {
  readonly path: string;
  readonly isClosed: boolean;
  readonly readonly: boolean;
  get(sql: string, params: unknown, options: Limits & { readonly pluck?: boolean }): Promise<unknown>;
  transaction(fn: () => never, options: { readonly acquireTimeoutMs: number }): Promise<unknown>;
  stats(): object;
}

/** Rolls the transaction of a check back. */
const ENOUGH = Symbol('enough');

export class PoolPatient implements Patient {
  readonly #pool: CheckedPool;

  constructor(pool: CheckedPool) {
    this.#pool = pool;
  }

  get isOpen(): boolean {
    return !this.#pool.isClosed;
  }

  get readonly(): boolean {
    return this.#pool.readonly;
  }

  path(): string {
    return this.#pool.path;
  }

  moved(): boolean | undefined {
    return (this.#pool.stats() as { readonly fileIsLost?: boolean }).fileIsLost;
  }

  read(deadline: Deadline): Promise<ProbeCheck> {
    const sql = 'SELECT 1 FROM sqlite_schema LIMIT 1';
    return tried(deadline, 'unhealthy', 'no reader answered', (timeoutMs) =>
      this.#pool.get(sql, [], { timeoutMs }),
    );
  }

  write(deadline: Deadline): Promise<ProbeCheck> {
    return tried(deadline, 'degraded', 'the writer was not free', async (timeoutMs) => {
      const begun = this.#pool.transaction(
        () => {
          throw ENOUGH;
        },
        { acquireTimeoutMs: timeoutMs },
      );
      await begun.catch((error: unknown) => {
        if (error !== ENOUGH) throw error;
      });
    });
  }

  async version(): Promise<string> {
    return String(await this.#pool.get('SELECT sqlite_version()', [], { pluck: true, timeoutMs: 1000 }));
  }
}

const LATE_CODES = /^(?:FERROLITE_(?:TIMEOUT|ACQUIRE_TIMEOUT|QUEUE_FULL)|SQLITE_BUSY.*|SQLITE_LOCKED.*)$/;

async function tried(
  deadline: Deadline,
  ifLate: HealthStatus,
  late: string,
  attempt: (timeoutMs: number) => Promise<unknown>,
): Promise<ProbeCheck> {
  const startMs = deadline.elapsedMs;
  try {
    // Even without any time left a pool that has nothing else to do gets a turn.
    await attempt(Math.max(10, Math.ceil(deadline.leftMs)));
    return { status: 'ok', durationMs: deadline.elapsedMs - startMs };
  } catch (error) {
    const durationMs = deadline.elapsedMs - startMs;
    const found = findError(error);
    const code = found?.code;
    if (LATE_CODES.test(code ?? '')) {
      return { status: ifLate, reason: `${late} before the deadline`, ...(code && { code }), durationMs };
    }
    // The statements are ours: what is said of them cannot hold anything of the application's. The path is in brackets.
    const reason = (found?.message ?? String(error)).replace(/ \(".*$/s, '');
    return { status: 'unhealthy', reason, ...(code && { code }), durationMs };
  }
}
