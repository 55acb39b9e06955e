/** Runs the real `ferrolite` command: as a child, on a terminal, and while the test goes on. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { exitOf, type Exit } from '../helpers/wait.mts';

export const bin = join(projectRoot, 'dist/cli/main.js');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The environment without what would decide for a test. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { SQLITE_DB_PATH: _, DATABASE_URL: __, NO_COLOR: ___, FORCE_COLOR: ____, ...inherited } = process.env;
  return { ...inherited, TERM: 'xterm', ...more };
}

/** Runs the command to its end, without a terminal. */
export function ferrolite(args: readonly string[], { cwd, env, input = '' }: RunOptions = {}): Run {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    encoding: 'utf8',
    env: environment(env),
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** The one line of JSON that a command prints. */
export function parsed(run: Run): Record<string, unknown> {
  if (run.stdout.split('\n').length !== 2) throw new Error(`no single line: ${run.stdout}${run.stderr}`);
  return JSON.parse(run.stdout) as Record<string, unknown>;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Exit>;
  readonly stderr: () => string;
}

/** Starts the command, which runs while the test goes on. */
export function start(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): Started {
  const child = spawn(process.execPath, [bin, ...args], {
    env: environment(),
    stdio: [stdin, 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return { process: child, ended: exitOf(child), stderr: () => text };
}

/** `script` of util-linux, which gives a command a terminal. */
export const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export interface OnTerminal {
  readonly status: number | null;
  /** Standard output and standard error as they arrived. */
  readonly shown: string;
}

/** Runs the command on a terminal of so many columns. */
export function onTerminal(
  args: readonly string[],
  {
    columns = 80,
    env,
    cwd,
    redirect = '',
  }: RunOptions & { readonly columns?: number; readonly redirect?: string } = {},
): OnTerminal {
  const command = [process.execPath, bin, ...args].map(quoted).join(' ');
  const line = `stty cols ${columns} rows 24; ${command} ${redirect}`;
  const { status, stdout, error } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd,
    encoding: 'utf8',
    env: environment({ SHELL: '/bin/sh', ...env }),
    input: '',
  });
  if (error !== undefined) throw error;
  return { status, shown: stdout.replaceAll('\r\n', '\n') };
}

/** A text without colours and movements of the cursor. */
// oxlint-disable-next-line no-control-regex
export const plain = (text: string): string => text.replaceAll(/\u001B\[[\d;]*[A-Za-z]/g, '');

/** A closed database in WAL mode. */
export function database(sql = 'CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, area REAL)'): string {
  const path = tempDb();
  new Database(path).exec(`PRAGMA journal_mode = wal; ${sql}`).close();
  return path;
}

/** Whether a process has a file open. Linux tells. */
export function isOpen(path: string, pid = 0): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((name) => {
    try {
      return readlinkSync(join(folder, name)) === path;
    } catch {
      return false;
    }
  });
}
