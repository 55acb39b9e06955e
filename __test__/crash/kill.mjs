// Kills a process at no particular point of its work.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder in which a program finds the package. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program, and kills it once it has said enough and some more work was done.
 *
 * @param {string} source of the program
 * @param {string[]} args
 * @param {{ isEnough: (output: string) => boolean, spins?: number }} when `spins`: how long it may go on
 * @returns {Promise<{ output: string, errors: string, ended: string | undefined }>} what it wrote; how it has ended
 *   by itself, if it has
 */
export function runUntilKilled(source, args, { isEnough, spins = 0 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', source, ...args], { cwd: projectRoot });
    let output = '';
    let errors = '';
    let isKilled = false;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (isKilled || !isEnough(output)) return;
      isKilled = true;
      for (let spin = 0; spin < spins; spin += 1) Math.sqrt(spin);
      child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ output, errors, ended: signal === 'SIGKILL' ? undefined : String(code ?? signal) });
    });
  });
}

/** How many whole lines there are. */
export const linesOf = (output) => output.split('\n').length - 1;
