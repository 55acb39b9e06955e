/** What the tests of the client share: files beside a database, running processes, mounted file systems. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { projectRoot, scriptOf } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { exitOf, lineOf, type Exit } from '../helpers/wait.mts';

/** The names of the files in the folder of `path`. */
export function filesBeside(path: string): string[] {
  return readdirSync(dirname(path)).toSorted();
}

/** What `fn` throws; fails the test when it throws nothing. */
export function thrownBy(fn: () => unknown): Error & { code?: string } {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** A Node process that runs while the test goes on; it says lines and is told some. */
export interface RunningNode {
  readonly process: ChildProcess;
  readonly ended: Promise<Exit>;
  /** Resolves when the process has printed this line. */
  says(line: string): Promise<string>;
  tell(line: string): void;
}

/** Starts `fn(...args)` in a process of its own. `fn` may use its parameters and Node's globals only. */
export function startNode<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  env: Readonly<Record<string, string>> = {},
): RunningNode {
  const script = scriptOf(fn as (...args: never[]) => unknown, args);
  const child = spawn(process.execPath, ['-e', script], {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return {
    process: child,
    ended: exitOf(child),
    says: (line) => lineOf(child.stdout, (text) => text === line),
    tell: (line) => child.stdin.write(`${line}\n`),
  };
}

/** A folder that a child without root's rights may enter and write. */
export function openDir(): string {
  const directory = tempDir();
  chmodSync(dirname(directory), 0o755);
  chmodSync(directory, 0o777);
  return directory;
}

const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];

/** Whether this machine lets a test mount a file system that only its own child sees. */
export const canMount =
  spawnSync(unshare[0]!, [...unshare.slice(1), 'mount', '-t', 'tmpfs', 'none', tempDir()]).status === 0;

/** A command prefix that makes its child the first process of a container: process 1 of a namespace of its own. */
export const asFirstProcess: readonly string[] = [...unshare, '--pid', '--fork', '--kill-child'];

/** A command prefix that mounts a tmpfs of `sizeKiB` at `directory` for the command alone. */
export function onTmpfs(directory: string, sizeKiB: number): string[] {
  const mount = `mount -t tmpfs -o size=${sizeKiB}k none "$0" && exec "$@"`;
  return [...unshare, 'sh', '-c', mount, directory];
}

/** A command prefix that shows `directory` read-only to the command. */
export function readOnly(directory: string): string[] {
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  return [...unshare, 'sh', '-c', mount, directory];
}
