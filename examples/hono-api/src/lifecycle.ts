import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase } from 'ferrolite';

/** What the two entries have in common of a server. */
export interface RunningServer {
  /** Accepts nothing more; resolves when all that was accepted has its answer. */
  stop(): Promise<void>;
}

const env = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);

export const address = { port: env('PORT', 3000), hostname: process.env['HOST'] ?? '0.0.0.0' };

/**
 * How long to go on answering while clients and load balancers turn away. In a quarter of a second busy clients have
 * learnt it from an answer; a load balancer that asks /health/ready every 2 seconds needs 5000.
 */
const DRAIN_MS = env('DRAIN_MS', 250);
/** When answers are not waited for any more. Less than what the platform waits before SIGKILL, mostly 10 or 30 s. */
const STOP_LIMIT_MS = env('STOP_LIMIT_MS', 8000);

let draining = false;

/** Whether the process is about to end: it answers, and is not ready for more. */
export function isDraining(): boolean {
  return draining;
}

/**
 * Ends in order at SIGTERM and SIGINT: tell load balancers, go on answering while they notice, stop accepting, give the
 * last answers, close the database. A second signal ends at once.
 */
export function endOnSignals(server: RunningServer): void {
  const end = async (signal: string): Promise<void> => {
    if (draining) process.exit(1);
    draining = true;
    console.log(`${signal}: draining`);
    await sleep(DRAIN_MS);
    const isLate = sleep(STOP_LIMIT_MS, true, { ref: false });
    const late = await Promise.race([server.stop().then(() => false), isLate]);
    if (late) console.error(`requests have taken longer than ${STOP_LIMIT_MS} ms: they are cut off`);
    close(late ? 1 : 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void end(signal));
}

/** Ends because the server cannot start. */
export function fail(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const { port, hostname } = address;
  console.error(
    code === 'EADDRINUSE'
      ? `port ${port} of ${hostname} is in use: give another one as PORT`
      : `the server does not start: ${message}`,
  );
  close(1);
}

/** Closes the database, so that its log is in the file, and ends. */
function close(code: number): never {
  try {
    closeDatabase();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  process.exit(code);
}
