/** A server of an application, started and ended as its operator would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import type { App } from './app.mts';

/** What takes longer hangs. */
const LIMIT_MS = 60_000;
const PAUSE_MS = 100;

export interface ServerOptions {
  /** The script that Node runs, and its arguments. */
  readonly args: readonly string[];
  /** What the server says when it takes requests. */
  readonly ready: RegExp;
  /** Default: the application's folder. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export class Server {
  readonly url: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  /** Starts Node in a process group of its own, with a free port as `PORT`; all of it is gone when the test has ended. */
  static async start(app: App, options: ServerOptions): Promise<Server> {
    const port = await freePort();
    const child = spawn(app.node, options.args, {
      cwd: options.cwd ?? app.folder,
      env: { ...process.env, ...app.env, HOSTNAME: '127.0.0.1', PORT: String(port), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const server = new Server(child, port);
    onTestFinished(() => server.#killGroup());
    await server.until(() => options.ready.test(server.output), `say ${options.ready}`);
    return server;
  }

  /** What it wrote to both streams, without colours. */
  get output(): string {
    return stripVTControlCharacters(this.#output);
  }

  async text(route: string): Promise<string> {
    const response = await fetch(this.url + route);
    const body = await response.text();
    if (!response.ok) throw new Error(`${route} answers ${response.status}: ${body}\n${this.output}`);
    return body;
  }

  async json(route: string): Promise<any> {
    return JSON.parse(await this.text(route));
  }

  /** Asks again and again, as a developer's browser does after an edit, until the answer is as wanted. */
  async textUntil(route: string, isWanted: (body: string) => boolean): Promise<string> {
    let body = '';
    const look = async (): Promise<boolean> => {
      body = await this.text(route);
      return isWanted(body);
    };
    await this.until(look, `change the answer to ${route}`);
    return body;
  }

  /** Sends the signal to the process that was started, and gives how that ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return { code: child.exitCode, signal: child.signalCode };
  }

  /** Waits for a fact that the server tells of by nothing else; `what` completes the error that it did not come. */
  async until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const started = performance.now();
    while (!(await isTrue())) {
      const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (hasEnded || performance.now() - started > LIMIT_MS) {
        throw new Error(
          `the server ${hasEnded ? 'has ended' : 'takes too long'} and did not ${what}:\n${this.output}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #killGroup(): void {
    try {
      process.kill(-(this.#child.pid ?? NaN), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
}

/** The processes that have `file` open, one entry for each of its descriptors; Linux alone can tell. */
export function openersOf(file: string): number[] {
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const folder = path.join('/proc', pid, 'fd');
    return linksIn(folder)
      .filter((target) => target === file)
      .map(() => Number(pid));
  });
}

function linksIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).flatMap((name) => {
      try {
        return [fs.readlinkSync(path.join(folder, name))];
      } catch {
        // Closed meanwhile.
        return [];
      }
    });
  } catch {
    // The process has ended, or is another user's.
    return [];
  }
}
