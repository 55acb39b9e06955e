/**
 * Other processes that hold locks: free of the test runner, because children of tests use it too.
 *
 * A process per holder, because two connections of one process do not show what two processes do, and two SQLite
 * libraries in one process lose each other's locks.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exitOf, lineOf } from './wait.mts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

// Ends with its standard input, so that it outlives neither a test nor a killed parent.
const HOLDER = `
  const db = new (require(process.argv[1]))(process.argv[2]);
  db.exec(process.argv[3]);
  console.log('held');
  process.stdin.on('end', () => process.exit()).resume();
`;

export interface Holder {
  /** Ends the process and with it what it holds. */
  release(): Promise<void>;
}

/** Executes `sql` on the database at `path` in another process, and resolves once that is done. */
export async function hold(driver: string, path: string, sql: string): Promise<Holder> {
  const child = spawn(process.execPath, ['-e', HOLDER, driver, path, sql], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = exitOf(child);
  await lineOf(child.stdout, (line) => line === 'held');
  return {
    async release(): Promise<void> {
      child.stdin.end();
      await ended;
    },
  };
}
