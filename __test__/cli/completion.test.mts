// Completion scripts, asked by the shells themselves where they are installed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { ferrolite } from './support.mts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

function script(shell: string): string {
  const { status, stdout, stderr } = ferrolite(['completion', shell]);
  expect([status, stderr]).toEqual([0, '']);
  const file = join(tempDir(), `ferrolite.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** Runs a program of a shell with nobody's settings, and gives the words that it prints. */
function words(shell: string, args: readonly string[], program: string): string[] {
  const home = tempDir();
  mkdirSync(join(home, '.config'));
  const { stdout, stderr, status } = spawnSync(shell, [...args, program], {
    encoding: 'utf8',
    cwd: home,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), TERM: 'xterm' },
  });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return stdout.split(/\s+/).filter((word) => word !== '');
}

describe.runIf(has('bash'))('bash', () => {
  const complete = (file: string, typed: readonly string[]): string[] => {
    const line = typed.map((word) => `'${word}'`).join(' ');
    const program = `. ${file}; COMP_WORDS=(${line}); COMP_CWORD=${typed.length - 1}; _ferrolite; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return words('bash', ['--norc', '-c'], program);
  };

  it('completes commands, options and their values', () => {
    const file = script('bash');
    expect(complete(file, ['ferrolite', 'c'])).toEqual(['checkpoint', 'check', 'completion']);
    expect(complete(file, ['ferrolite', 'checkpoint', '--m'])).toEqual(['--mode']);
    expect(complete(file, ['ferrolite', 'checkpoint', '-m', ''])).toEqual([
      'passive',
      'full',
      'restart',
      'truncate',
    ]);
    expect(complete(file, ['ferrolite', 'completion', ''])).toEqual(['bash', 'zsh', 'fish', '--help']);
    expect(complete(file, ['ferrolite', 'migrate', 'b'])).toEqual(['baseline']);
    // bash completes names of files by itself.
    expect(complete(file, ['ferrolite', 'check', '--db', ''])).toEqual([]);
    expect(complete(file, ['ferrolite', 'none', ''])).toEqual([]);
  });
});

describe.runIf(has('zsh'))('zsh', () => {
  it('takes the script, and finds its function', () => {
    const program = `autoload -Uz compinit && compinit -u -D; source ${script('zsh')}; print -r -- $_comps[ferrolite]; whence -w _ferrolite`;
    expect(words('zsh', ['-f', '-c'], program)).toEqual(['_ferrolite', '_ferrolite:', 'function']);
  });
});

describe.runIf(has('fish'))('fish', () => {
  it('completes commands, options and their values', () => {
    const file = script('fish');
    const complete = (typed: string): string[] =>
      words(
        'fish',
        ['--no-config', '-c'],
        `source ${file}; complete -C '${typed}' | string split -f1 \\t; or true`,
      );
    expect(complete('ferrolite ch')).toEqual(['check', 'checkpoint']);
    expect(complete('ferrolite checkpoint --mode ')).toEqual(['full', 'passive', 'restart', 'truncate']);
    expect(complete('ferrolite vacuum --inc')).toEqual(['--incremental']);
    expect(complete('ferrolite completion f')).toEqual(['fish']);
  });
});
