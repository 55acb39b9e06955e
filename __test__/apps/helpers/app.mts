/** A folder in which an application is installed and run as its user would, and which is gone afterwards. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { must, run } from '../../../scripts/lib/run.mjs';
import { runtime } from '../../../scripts/lib/runtimes.mjs';
import { tool } from '../../../scripts/lib/tools.mjs';

export interface Finished {
  readonly ok: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  /** What it wrote to both streams, without colours. */
  readonly output: string;
  readonly stdout: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command is killed; 4 minutes unless given. */
  readonly timeoutMs?: number;
}

const LIMIT_MS = 240_000;

// Vitest sets it to `test`, which applications would take for their own.
delete process.env['NODE_ENV'];
// The npm that has started the tests says what it was configured with: that is no concern of another one.
for (const name of Object.keys(process.env)) {
  if (/^npm_(?!execpath$)/i.test(name)) delete process.env[name];
}

export class App {
  readonly folder: string;
  readonly node: string;

  constructor(folder: string, node: string) {
    this.folder = folder;
    this.node = node;
  }

  /** An empty application in a temporary folder, for the Node that runs the tests or the runtime named. */
  static async create(runtimeName?: string): Promise<App> {
    const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'ferrolite-app-'));
    return new App(folder, runtimeName === undefined ? process.execPath : await runtime(runtimeName));
  }

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  /** Writes a file; what is no text becomes JSON. */
  write(name: string, contents: unknown): this {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    const text = typeof contents === 'string' ? contents : `${JSON.stringify(contents, undefined, 2)}\n`;
    fs.writeFileSync(this.path(name), text);
    return this;
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8');
  }

  /** Copies a folder of the project, without what was installed or built there. */
  copy(source: string): this {
    fs.cpSync(source, this.folder, {
      recursive: true,
      filter: (name) => !['node_modules', '.next', 'dist'].includes(path.basename(name)),
    });
    return this;
  }

  /** The environment of everything that runs here: the registry, and this Node before any other. */
  get env(): Record<string, string> {
    return {
      ...inject('registryEnv'),
      PATH: `${path.dirname(this.node)}${path.delimiter}${process.env['PATH']}`,
      // Set by the npm that started the tests; it would speak of the project instead of the application.
      INIT_CWD: this.folder,
    };
  }

  /** Runs a command here, and answers also when it fails. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(command, [...args], this.#options(options));
  }

  /** Runs a command here that must succeed. */
  must(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return must(command, [...args], this.#options(options));
  }

  /** Runs `npm` on this Node: `install`, `ls`, `run build`. */
  npm(...args: string[]): Promise<Finished> {
    return this.must(this.node, [tool('npm/bin/npm-cli.js'), ...args, '--no-fund', '--no-audit']);
  }

  /** Runs a script of the installed packages: `bin('next/dist/bin/next', 'build')`. */
  bin(script: string, ...args: string[]): Promise<Finished> {
    return this.must(this.node, [this.path('node_modules', ...script.split('/')), ...args]);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #options({ env = {}, timeoutMs = LIMIT_MS }: RunOptions): object {
    return { cwd: this.folder, env: { ...this.env, ...env }, quiet: true, timeoutMs };
  }
}

/** An application that is removed when the test has ended. */
export async function temporaryApp(runtimeName?: string): Promise<App> {
  const app = await App.create(runtimeName);
  onTestFinished(() => app.remove());
  return app;
}
