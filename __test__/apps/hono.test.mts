// examples/hono-api over HTTP, on Node.js and Bun: data, failures, load, and how it ends.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { canMount, onTmpfs, openDir } from '../client/support.mts';
import { hold } from '../helpers/hold.mts';
import { answerOf, ask, HonoApp, runtimes, type Answer } from './helpers/hono.mts';
import { logsOf, read } from './helpers/next.mts';
import { freePort, Server } from './helpers/server.mts';

let app: HonoApp;

beforeAll(async () => {
  app = await HonoApp.copy();
  await app.npm('install');
});
afterAll(() => app.remove());

const PROBLEM = expect.stringContaining('application/problem+json') as string;

describe('installed', () => {
  it('both names of the package share one addon', () => {
    const installed = Object.keys(JSON.parse(app.read('node_modules/.package-lock.json')).packages);
    expect(installed.filter((name) => name.includes('@ferrolite/'))).toHaveLength(1);
    expect(installed.filter((name) => /better-sqlite3|ferrolite$/.test(name))).toEqual([
      'node_modules/better-sqlite3',
      'node_modules/ferrolite',
    ]);
  });

  it('its types are right', async () => {
    await app.bin('typescript/bin/tsc');
  });

  it('its migrations are those of its schema', async () => {
    const before = fs.readdirSync(app.path('migrations'), { recursive: true });
    await app.bin('drizzle-kit/bin.cjs', 'generate');
    expect(fs.readdirSync(app.path('migrations'), { recursive: true })).toEqual(before);
  });
});

it('the first five minutes: a file that Node.js runs as it is', async () => {
  const database = app.database();
  const server = await Server.start(app, {
    args: ['src/first.ts'],
    ready: /opportunities/,
    env: { SQLITE_DB_PATH: database },
  });
  const created = await ask(`${server.url}/opportunities`, 'POST', { customer: 'Ada' });
  expect(created).toMatchObject({ status: 201, body: { id: 1, customer: 'Ada' } });
  expect(await server.json('/opportunities')).toEqual([created.body]);
  expect(await server.end()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(logsOf(database)).toEqual([]);
});

describe.each(runtimes)('on %s', (name) => {
  describe('requests', () => {
    let server: Server;
    let database: string;
    const send = (method: string, route: string, body?: unknown): Promise<Answer> =>
      ask(server.url + route, method, body);

    const serve = async (): Promise<void> => {
      database = app.database();
      server = await app.serve(name, { database });
    };

    it('create, read, change, list and delete rows', async () => {
      await serve();
      const ada = {
        customer: 'Ada',
        annualValue: 1200.5,
        reference: 'R-1',
        metadata: { stage: 'lead', n: [1] },
      };
      const created = await send('POST', '/opportunities', { ...ada, note: 'called' });
      expect(created).toMatchObject({ status: 201, headers: { location: '/opportunities/1' } });
      expect(created.body).toEqual({ id: 1, ...ada, createdAt: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect((await send('GET', '/opportunities/1')).body).toEqual(created.body);
      expect((await send('GET', '/opportunities/1/activities')).body).toMatchObject([{ note: 'called' }]);

      const changed = await send('PATCH', '/opportunities/1', { annualValue: 7, metadata: null });
      expect(changed.body).toEqual({ ...created.body, annualValue: 7, metadata: null });

      for (const customer of ['Grace', 'Grace', 'Edsger']) {
        expect((await send('POST', '/opportunities', { customer, annualValue: 1 })).status).toBe(201);
      }
      const ids = async (query: string): Promise<number[]> =>
        (await send('GET', `/opportunities?${query}`)).body.map(({ id }: { id: number }) => id);
      expect(await ids('')).toEqual([4, 3, 2, 1]);
      expect(await ids('limit=2&before=4')).toEqual([3, 2]);
      expect(await ids('customer=Grace')).toEqual([3, 2]);

      expect((await send('DELETE', '/opportunities/4')).status).toBe(204);
      for (const method of ['GET', 'DELETE']) {
        expect(await send(method, '/opportunities/4')).toMatchObject({
          status: 404,
          headers: { 'content-type': PROBLEM },
        });
      }
      expect(created.headers['server-timing']).toMatch(/db;dur=[\d.]+.*total;dur=[\d.]+/);
    });

    it('that are malformed are refused before they reach the database', async () => {
      await serve();
      const refused = async (body: unknown, status: number): Promise<any> => {
        const answer = await send('POST', '/opportunities', body);
        expect(answer).toMatchObject({ status, headers: { 'content-type': PROBLEM } });
        return answer.body;
      };
      const fieldsOf = (body: any): string[] => body.errors.map(({ field }: { field: string }) => field);
      expect(fieldsOf(await refused({ customer: ' ', annualValue: 'x' }, 422))).toEqual([
        'customer',
        'annualValue',
      ]);
      expect(fieldsOf(await refused({ customer: 'Ada', annualValue: 1, metadata: [1] }, 422))).toEqual([
        'metadata',
      ]);
      await refused({ customer: 'Ada', annualValue: 1, createdAt: 1 }, 422);
      await refused('{"customer":', 400);
      await refused({ customer: 'Ada', annualValue: 1, reference: 'x'.repeat(2 ** 20) }, 413);
      expect((await send('PATCH', '/opportunities/1', {})).status).toBe(422);
      expect((await send('GET', '/opportunities/x')).status).toBe(422);
      expect((await send('GET', '/opportunities?limit=1000')).status).toBe(422);
      expect((await send('GET', '/opportunities')).body).toEqual([]);
    });

    it('that break a constraint are answered by the constraint', async () => {
      await serve();
      const ada = { customer: 'Ada', annualValue: 5, reference: 'R-1', note: 'called' };
      expect((await send('POST', '/opportunities', ada)).status).toBe(201);
      const cases: [string, string, unknown, number, string, string[]?][] = [
        ['POST', '/opportunities', ada, 409, 'SQLITE_CONSTRAINT_UNIQUE', ['reference']],
        [
          'POST',
          '/opportunities',
          { ...ada, id: 1, reference: 'R-2' },
          409,
          'SQLITE_CONSTRAINT_PRIMARYKEY',
          ['id'],
        ],
        [
          'POST',
          '/opportunities',
          { ...ada, reference: 'R-2', annualValue: -5 },
          422,
          'SQLITE_CONSTRAINT_CHECK',
        ],
        ['PATCH', '/opportunities/1', { annualValue: -5 }, 422, 'SQLITE_CONSTRAINT_CHECK'],
        ['POST', '/opportunities/9/activities', { note: 'x' }, 409, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
        ['DELETE', '/opportunities/1', undefined, 409, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
        [
          'POST',
          '/sql',
          'UPDATE opportunities SET customer = NULL',
          422,
          'SQLITE_CONSTRAINT_NOTNULL',
          ['customer'],
        ],
        [
          'POST',
          '/sql',
          "UPDATE opportunities SET annual_value = 'much'",
          422,
          'SQLITE_CONSTRAINT_DATATYPE',
          ['annual_value'],
        ],
        ['POST', '/sql', "UPDATE opportunities SET id = 'one'", 422, 'SQLITE_MISMATCH'],
      ];
      for (const [method, route, body, status, code, columns] of cases) {
        const answer = await send(method, route, body);
        expect(answer).toMatchObject({
          status,
          headers: { 'content-type': PROBLEM },
          body: { status, code },
        });
        expect(answer.body.columns).toEqual(columns);
      }
      const broken = await send('POST', '/sql', 'SELECT secret FROM opportunities');
      expect(broken).toMatchObject({ status: 500, headers: { 'content-type': PROBLEM } });
      expect(JSON.stringify(broken.body)).not.toMatch(/secret|SQLITE/);
      await server.until(() => server.output.includes('no such column: secret'), 'log the reason');
      // A transaction that fails leaves neither half: the note of the refused ones is not there.
      expect((await send('GET', '/opportunities/1/activities')).body).toHaveLength(1);
      expect((await send('GET', '/opportunities')).body).toHaveLength(1);
    });

    it('that meet the lock of another process get 503 with Retry-After, and reading goes on', async () => {
      await serve();
      const holder = await hold('ferrolite', database, 'BEGIN IMMEDIATE');
      const ada = { customer: 'Ada', annualValue: 5 };
      expect(await send('POST', '/opportunities', ada)).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1', 'content-type': PROBLEM },
        body: { code: 'SQLITE_BUSY' },
      });
      expect((await send('GET', '/opportunities')).status).toBe(200);
      expect(await send('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'degraded' } });
      await holder.release();
      expect((await send('POST', '/opportunities', ada)).status).toBe(201);
      expect(await send('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await send('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    });

    it.skipIf(!canMount)('that find the disk full get 507, and reading goes on', async () => {
      const folder = openDir();
      server = await app.serve(name, {
        database: path.join(folder, 'app.db'),
        prefix: onTmpfs(folder, 8192),
      });
      const large = { customer: 'Ada', annualValue: 5, metadata: { text: 'x'.repeat(500_000) } };
      let answer: Answer;
      do answer = await send('POST', '/opportunities', large);
      while (answer.status === 201);
      expect(answer).toMatchObject({
        status: 507,
        headers: { 'content-type': PROBLEM },
        body: { code: 'SQLITE_FULL' },
      });
      expect((await send('GET', '/opportunities/1')).body).toMatchObject(large);
      expect(await send('GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'unhealthy' },
      });
      await server.until(() => server.output.includes('the disk is full'), 'log the reason');
      expect((await send('GET', '/health/live')).status).toBe(200);
    });
  });

  describe('SIGTERM', () => {
    it('under load loses no request and no row, and leaves no log', async () => {
      const database = app.database();
      const server = await app.serve(name, { database, env: { DRAIN_MS: '2000' } });
      const { acknowledged, lost, drained } = await load(server, 8, 300);
      expect(await server.end()).toEqual({ code: 0, signal: null });
      expect(lost).toEqual([]);
      expect(drained).toEqual({ status: 503, ready: 'draining' });
      expect(logsOf(database)).toEqual([]);
      const rows = read(database, 'SELECT reference FROM opportunities').map(({ reference }) => reference);
      expect(rows.toSorted()).toEqual(acknowledged.toSorted());
      expect(acknowledged.length).toBeGreaterThan(300);
    });

    it('waits for a request that is still being sent, and refuses new connections meanwhile', async () => {
      const database = app.database();
      const server = await app.serve(name, { database });
      const { request, answer } = await halfSent(server);
      const ended = server.end();
      await server.until(() => isRefused(server.url), 'stop listening');
      request.end('alue":5}');
      expect((await answer).status).toBe(201);
      expect(await ended).toEqual({ code: 0, signal: null });
      expect(logsOf(database)).toEqual([]);
      expect(read(database, 'SELECT customer FROM opportunities')).toEqual([{ customer: 'Ada' }]);
    });

    it('does not wait for connections without a request', async () => {
      const database = app.database();
      const server = await app.serve(name, { database, env: { STOP_LIMIT_MS: '60000' } });
      const agent = new http.Agent({ keepAlive: true });
      onTestFinished(() => agent.destroy());
      expect((await ask(`${server.url}/opportunities`, 'GET', undefined, agent)).status).toBe(200);
      const { port } = new URL(server.url);
      const silent = net.connect(Number(port), '127.0.0.1').on('error', () => {});
      onTestFinished(() => void silent.destroy());
      await once(silent, 'connect');
      expect(await server.end()).toEqual({ code: 0, signal: null });
      expect(logsOf(database)).toEqual([]);
    });

    it('ends a request that takes longer than the limit, with the exit code 1 and without a log', async () => {
      const database = app.database();
      const server = await app.serve(name, { database, env: { STOP_LIMIT_MS: '300' } });
      await halfSent(server);
      expect(await server.end()).toEqual({ code: 1, signal: null });
      expect(server.output).toContain('requests have taken longer than 300 ms: they are cut off');
      expect(logsOf(database)).toEqual([]);
    });
  });

  it('SIGINT ends it likewise', async () => {
    const database = app.database();
    const server = await app.serve(name, { database });
    expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(logsOf(database)).toEqual([]);
  });

  describe('a start that fails', () => {
    const start = async (env: Record<string, string>) => {
      const { executable, entry } = await app.command(name);
      return app.run(executable, [`src/${entry}.ts`], { env: { HOST: '127.0.0.1', ...env } });
    };

    it('says that the port is taken, and leaves nothing behind', async () => {
      const taken = net.createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      onTestFinished(() => void taken.close());
      const { port } = taken.address() as net.AddressInfo;
      const database = app.database();
      const { code, output } = await start({ PORT: String(port), SQLITE_DB_PATH: database });
      expect({ code, output: output.trim() }).toEqual({
        code: 1,
        output: `port ${port} of 127.0.0.1 is in use: give another one as PORT`,
      });
      expect(fs.readdirSync(path.dirname(database))).toEqual([]);
    });

    it('says why the database cannot be opened', async () => {
      const database = app.database();
      fs.mkdirSync(database);
      const { code, output } = await start({ PORT: String(await freePort()), SQLITE_DB_PATH: database });
      expect(code).toBe(1);
      expect(output).toMatch(/^the server does not start: .*app\.db/);
      expect(fs.readdirSync(database)).toEqual([]);
    });
  });
});

/** What clients saw of a server that was told to end while they worked. */
interface Seen {
  readonly acknowledged: string[];
  /** Requests without an answer, and answers other than 201. */
  readonly lost: unknown[];
  readonly drained: { readonly status: number; readonly ready: unknown };
}

/**
 * Clients insert row after row, and SIGTERM comes while they do. As a load balancer would, each leaves the server when
 * an answer tells it to; until then every request must be answered.
 */
async function load(server: Server, clients: number, rowsBeforeSignal: number): Promise<Seen> {
  const acknowledged: string[] = [];
  const lost: unknown[] = [];
  let ending: Promise<unknown> | undefined;
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const work = async (client: number): Promise<void> => {
    for (let row = 0; ; row += 1) {
      const reference = `${client}-${row}`;
      const body = { customer: 'Ada', annualValue: row, reference };
      let answer: Answer;
      try {
        answer = await ask(`${server.url}/opportunities`, 'POST', body, agent);
      } catch (error) {
        lost.push(error);
        return;
      }
      if (answer.status === 201) acknowledged.push(reference);
      else lost.push(answer);
      if (acknowledged.length === rowsBeforeSignal) ending = server.end();
      if (answer.headers.connection === 'close') return;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  const { status, body } = await ask(`${server.url}/health/ready`);
  await ending;
  return { acknowledged, lost, drained: { status, ready: body.status } };
}

/** A request of which the server has the headers and waits for the body. */
async function halfSent(server: Server): Promise<{ request: http.ClientRequest; answer: Promise<Answer> }> {
  const request = http.request(`${server.url}/opportunities`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': 34, Expect: '100-continue' },
  });
  request.flushHeaders();
  await once(request, 'continue');
  const answer = answerOf(request);
  // A test may want none.
  answer.catch(() => {});
  request.write('{"customer":"Ada","annualV');
  return { request, answer };
}

async function isRefused(url: string): Promise<boolean> {
  const { port, hostname } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}
