/**
 * Runs a function in a Node process of its own: for what ends a process, needs flags, another user or another
 * copy of SQLite.
 *
 * The function travels as source text, so it may use its parameters and Node's globals only.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export interface ChildOptions {
  /** Flags for Node itself. */
  readonly flags?: readonly string[];
  /** A command that starts the process, such as `unshare -m`. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChildResult<Value> {
  /** What the function returned (awaited), by way of JSON; undefined when the process died before. */
  readonly value: Value | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Marks the line with the result among whatever else the function prints. */
const RESULT = '\u0001result ';

/** The whole text of a script that calls `fn(...args)` and prints its result. */
export function scriptOf(fn: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(async () => {
  const value = await (${fn.toString()})(...${JSON.stringify(args)});
  process.stdout.write(${JSON.stringify(RESULT)} + JSON.stringify({ value }) + '\\n');
})().catch((error) => { console.error(error); process.exitCode = 1; });`;
}

/** Calls `fn(...args)` in a child and reports how it went; never throws for what the child does. */
export function tryInChild<Args extends readonly unknown[], Value>(
  fn: (...args: Args) => Value,
  args: Args,
  options: ChildOptions = {},
): ChildResult<Awaited<Value>> {
  const script = scriptOf(fn as (...args: never[]) => unknown, args);
  const [command, ...rest] = [
    ...(options.prefix ?? []),
    process.execPath,
    ...(options.flags ?? []),
    '-e',
    script,
  ];
  const child = spawnSync(command ?? process.execPath, rest, {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (child.error !== undefined) throw child.error;
  const line = child.stdout.split('\n').find((text) => text.startsWith(RESULT));
  const value =
    line === undefined
      ? undefined
      : (JSON.parse(line.slice(RESULT.length)) as { value: Awaited<Value> }).value;
  return { value, code: child.status, signal: child.signal, stderr: child.stderr };
}

/** Like {@link tryInChild}, for a function that must succeed: gives its value. */
export function inChild<Args extends readonly unknown[], Value>(
  fn: (...args: Args) => Value,
  args: Args,
  options: ChildOptions = {},
): Awaited<Value> {
  const result = tryInChild(fn, args, options);
  if (result.code !== 0) {
    throw new Error(`the child ended with ${result.signal ?? `exit code ${result.code}`}:\n${result.stderr}`);
  }
  return result.value as Awaited<Value>;
}
