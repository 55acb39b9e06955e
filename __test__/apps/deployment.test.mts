// examples/server as operators run it: alone, in a cluster, under PM2, and as a function.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'ferrolite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { App } from './helpers/app.mts';
import { Server, freePort, openersOf } from './helpers/server.mts';

const PM2 = '7.0.4';
const REQUESTS = 200;

let app: App;

beforeAll(async () => {
  app = (await App.create()).copy(path.join(root, 'examples', 'server'));
  await app.npm('install', '--save-exact', `pm2@${PM2}`);
});
afterAll(() => app.remove());

const filesBeside = (file: string): string[] => fs.readdirSync(path.dirname(file)).toSorted();

/** Many visits at once, each on a connection of its own; gives who answered, and the largest count. */
async function visit(url: string): Promise<{ pids: Set<number>; visits: number }> {
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const response = await fetch(`${url}/page-${index}`, {
        method: 'POST',
        headers: { connection: 'close' },
      });
      return (await response.json()) as { visits: number; pid: number };
    }),
  );
  return {
    pids: new Set(answers.map(({ pid }) => pid)),
    visits: Math.max(...answers.map(({ visits }) => visits)),
  };
}

describe('the server', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s and leaves no log', async (signal) => {
    const database = app.path(`alone-${signal}`, 'app.db');
    const server = await start('server.js', database);
    expect((await visit(server.url)).visits).toBe(REQUESTS);
    expect(filesBeside(database)).toContain('app.db-wal');
    expect(await server.end(signal)).toEqual({ code: 0, signal: null });
    expect(filesBeside(database)).toEqual(['app.db']);
  });

  it('shares the file between the processes of a cluster, which loses no visit', async () => {
    const database = app.path('cluster', 'app.db');
    const server = await start('cluster.js', database);
    const { pids, visits } = await visit(server.url);
    expect(visits).toBe(REQUESTS);
    expect(pids.size).toBeGreaterThan(1);
    expect(new Set(openersOf(database))).toEqual(pids);
    expect(openersOf(database)).toHaveLength(pids.size);
    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(filesBeside(database)).toEqual(['app.db']);
  });
});

/** Starts a script that says nothing, and waits until it answers. */
async function start(script: string, database: string): Promise<Server> {
  const server = await Server.start(app, {
    args: [script],
    ready: /^/,
    env: { SQLITE_DB_PATH: database },
  });
  const answers = (): Promise<boolean> =>
    fetch(server.url).then(
      (response) => response.ok,
      () => false,
    );
  await server.until(answers, 'answer');
  return server;
}

describe('PM2', () => {
  it('runs two processes on the file, reloads them under load, and stops them without a log', async () => {
    const database = app.path('pm2', 'app.db');
    const port = await freePort();
    const env = { PM2_HOME: app.path('.pm2'), SQLITE_DB_PATH: database, PORT: String(port) };
    const pm2 = (...args: string[]): Promise<unknown> =>
      app.must(app.node, ['node_modules/pm2/bin/pm2', ...args], { env });
    onTestFinished(async () => void (await pm2('kill')));
    await pm2('start', 'ecosystem.config.cjs');
    const url = `http://127.0.0.1:${port}`;
    const first = await visit(url);
    expect(first.pids.size).toBe(2);
    const [, second] = await Promise.all([pm2('reload', 'visits'), visit(url)]);
    expect(second.visits).toBe(2 * REQUESTS);
    const third = await visit(url);
    expect(third.visits).toBe(3 * REQUESTS);
    expect([...third.pids].filter((pid) => first.pids.has(pid))).toEqual([]);
    await pm2('stop', 'visits');
    expect(filesBeside(database)).toEqual(['app.db']);
  });
});

describe('AWS Lambda', () => {
  it('calls the handler, which reads the database of its package', async () => {
    new Database(app.path('catalog.db'))
      .exec("CREATE TABLE page (url TEXT PRIMARY KEY, title TEXT); INSERT INTO page VALUES ('/', 'Start')")
      .close();
    fs.chmodSync(app.path('catalog.db'), 0o444);
    const call = `import { handler } from ${JSON.stringify(pathToFileURL(app.path('lambda.js')))};
      const events = [{}, { queryStringParameters: { page: '/none' } }];
      console.log(JSON.stringify(await Promise.all(events.map(handler))));`;
    const { stdout } = await app.must(app.node, ['--input-type=module', '--eval', call]);
    const headers = { 'content-type': 'application/json' };
    expect(JSON.parse(stdout)).toEqual([
      { statusCode: 200, headers, body: '{"title":"Start"}' },
      { statusCode: 404, headers, body: '{"error":"no such page"}' },
    ]);
  });
});
