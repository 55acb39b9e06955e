// Runs a command, shows its output while it comes and keeps it for counting.
//
// A step that says nothing for a while (link-time optimisation does) gets a heartbeat, so that a
// long build can be told from a hung one.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { root } from './paths.mjs';

const HEARTBEAT_MS = 20_000;
/** How long a finished command's descendants may keep its pipes open. */
const PIPE_GRACE_MS = 2000;

/** What to do about a tool that is not installed. */
const HINTS = {
  cargo: 'Rust is missing: install it from https://rustup.rs (rust-toolchain.toml names the version).',
  npm: 'npm is missing: it comes with Node.js (https://nodejs.org).',
  python3: 'Python 3 is missing: zig, which links for other platforms, comes from PyPI.',
  tar: 'tar is missing: it unpacks the runtimes that come from npm.',
};

export class CommandFailed extends Error {
  name = 'CommandFailed';
}

export function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/**
 * Runs `command` and resolves with its exit code (or signal) and plain-text output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, quiet?: boolean, timeoutMs?: number }} [options]
 *   `quiet` keeps the output and shows nothing; a command over `timeoutMs` is killed.
 * @returns {Promise<{ ok: boolean, code: number | null, signal: string | null, output: string, stdout: string }>}
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = {}, quiet = false, timeoutMs = 0 } = options;
  // npm is a batch file on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks = { all: '', stdout: '' };
    let lastSign = started;
    const show = lineWriter();
    const take = (name) => (text) => {
      chunks.all += text;
      if (name === 'stdout') chunks.stdout += text;
      lastSign = performance.now();
      if (!quiet) show(text);
    };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', take(name));

    const heartbeat = setInterval(() => {
      if (performance.now() - lastSign < HEARTBEAT_MS) return;
      lastSign = performance.now();
      process.stdout.write(`    … still running (${seconds(started)})\n`);
    }, 1000);
    const limit = timeoutMs > 0 ? setTimeout(() => stop(), timeoutMs) : undefined;
    function stop() {
      take('stderr')(`\nstopped after ${seconds(started)}: over the limit of ${timeoutMs / 1000} s\n`);
      child.kill('SIGKILL');
    }
    let finished = false;
    let grace;
    function finish(code, signal) {
      if (finished) return;
      finished = true;
      child.stdout.destroy();
      child.stderr.destroy();
      clearInterval(heartbeat);
      clearTimeout(limit);
      clearTimeout(grace);
      if (!quiet) show('', true);
      resolve({
        ok: code === 0,
        code,
        signal,
        output: stripVTControlCharacters(chunks.all),
        stdout: stripVTControlCharacters(chunks.stdout),
      });
    }
    child.on('error', (error) => {
      clearInterval(heartbeat);
      clearTimeout(limit);
      const hint = error.code === 'ENOENT' ? HINTS[command] : undefined;
      reject(new CommandFailed(hint ?? `cannot run ${command}: ${error.message}`, { cause: error }));
    });
    child.on('close', finish);
    child.on('exit', (code, signal) => {
      grace = setTimeout(() => finish(code, signal), PIPE_GRACE_MS);
    });
  });
}

/** Like {@link run}, and a failure throws with the end of what the command said. */
export async function must(command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.ok) return result;
  const tail = options.quiet ? `\n${result.output.trimEnd().split('\n').slice(-20).join('\n')}` : '';
  const how = result.signal ? `was ended by ${result.signal}` : `failed with exit code ${result.code}`;
  throw new CommandFailed(`${command} ${args.join(' ')} ${how}${tail}`);
}

/** The npm that started us, or the one on the path: what `run` needs to call it. */
export function npm(args) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args];
}

/** Prints whole lines, indented, however the chunks are cut. */
function lineWriter() {
  let rest = '';
  return (text, end = false) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    if (end && rest !== '') lines.push(rest);
    for (const line of lines) process.stdout.write(`    ${line}\n`);
  };
}
