/** examples/hono-api: installed once, and served by several runtimes. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { runtime } from '../../../scripts/lib/runtimes.mjs';
import { App } from './app.mts';
import { Server } from './server.mts';

export const example = path.join(root, 'examples', 'hono-api');
export const runtimes = ['node22', 'node24', 'bun'] as const;
export type RuntimeName = (typeof runtimes)[number];

/**
 * An entry beside those of the example: one more route, which executes SQL. By it the error middleware meets also what
 * the routes refuse before the database does.
 */
const WITH_SQL = `import { app } from './app.ts';
import { sqlite } from './database.ts';

app.post('/sql', async (c) => {
  sqlite().exec(await c.req.text());
  return c.body(null, 204);
});
await import('./' + process.argv[2] + '.ts');
`;

export interface HonoOptions {
  readonly database: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that starts the server's. */
  readonly prefix?: readonly string[];
}

export class HonoApp extends App {
  #databases = 0;

  static async copy(): Promise<HonoApp> {
    const { folder, node } = await App.create('node24');
    const app = new HonoApp(folder, node);
    app.copy(example).write('src/with-sql.ts', WITH_SQL);
    return app;
  }

  /** The command of a runtime, without its entry. */
  async command(name: RuntimeName): Promise<{ executable: string; entry: 'bun' | 'node' }> {
    return { executable: await runtime(name), entry: name === 'bun' ? 'bun' : 'node' };
  }

  async serve(name: RuntimeName, { database, env, prefix = [] }: HonoOptions): Promise<Server> {
    const { executable, entry } = await this.command(name);
    const [command = executable, ...args] = [...prefix, executable, 'src/with-sql.ts', entry];
    return Server.start(new App(this.folder, command), {
      args,
      ready: /listening on port/,
      env: { HOST: '127.0.0.1', SQLITE_DB_PATH: database, ...env },
    });
  }

  /** The path of a database that does not exist yet, alone in its folder. */
  database(): string {
    const folder = this.path('data', String((this.#databases += 1)));
    fs.mkdirSync(folder, { recursive: true });
    return path.join(folder, 'app.db');
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: any;
}

/**
 * One request by `node:http`, which tries nothing again, unlike what is built upon it; on a connection of its own
 * without an agent.
 */
export async function ask(url: string, method = 'GET', body?: unknown, agent?: http.Agent): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = http.request(url, {
    method,
    agent: agent ?? false,
    ...(body !== undefined && {
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
    }),
  });
  request.end(body === undefined ? undefined : text);
  return answerOf(request);
}

/** The answer to a request that is being sent. */
export async function answerOf(request: http.ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = await response.toArray();
  const text = Buffer.concat(chunks).toString();
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}
