// healthHandler() and healthListener(): the health of a database over HTTP.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { renameSync } from 'node:fs';
import Database from 'ferrolite';
import { healthHandler, healthListener, type HealthResult } from 'ferrolite/ops';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { PATIENT } from './support.mts';

function withTable(): Database.Database {
  return new Database(tempDb()).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (v)');
}

const request = (method = 'GET'): Request => new Request('http://localhost/ready', { method });

describe('healthHandler()', () => {
  it('answers 200 or 503 with the status alone, and is not cached', async () => {
    const db = withTable();
    const handler = healthHandler(() => db, PATIENT);
    const fine = await handler(request());
    expect([fine.status, await fine.json()]).toEqual([200, { status: 'ok' }]);
    expect(fine.headers.get('cache-control')).toBe('no-store');
    expect(fine.headers.get('content-type')).toBe('application/json');
    const holder = await hold(process.cwd(), db.name, 'BEGIN IMMEDIATE');
    const degraded = await healthHandler(db, { deadlineMs: 0 })();
    expect([degraded.status, await degraded.json()]).toEqual([200, { status: 'degraded' }]);
    await holder.release();
    db.close();
    const dead = await handler(request());
    expect([dead.status, await dead.json()]).toEqual([503, { status: 'unhealthy' }]);
  });

  it('answers with all checks when it is told to', async () => {
    const db = withTable();
    const body = (await (await healthHandler(db, { ...PATIENT, details: true })()).json()) as HealthResult;
    expect(body).toMatchObject({ status: 'ok', httpStatus: 200, checks: { wal: { status: 'ok' } } });
    db.close();
  });

  it('answers HEAD without a body, and nothing else', async () => {
    const db = withTable();
    const handler = healthHandler(db, PATIENT);
    const head = await handler(request('HEAD'));
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await handler(request('POST'));
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    db.close();
  });

  it('is unhealthy, and tells why, when there is no database', async () => {
    const heard: HealthResult[] = [];
    const options = { onResult: (result: HealthResult) => heard.push(result) };
    const fails = (): never => {
      throw new Error('no such secret');
    };
    for (const subject of [fails, () => 5 as never, tempDb()]) {
      const response = await healthHandler(subject, options)();
      expect([response.status, await response.json()]).toEqual([503, { status: 'unhealthy' }]);
    }
    expect(heard.map(({ checks }) => checks.open.reason)).toEqual([
      'no such secret',
      'Expected first argument to be a database, a pool or a path',
      'unable to open database file',
    ]);
  });

  it('of liveness looks at what a restart mends', async () => {
    const db = withTable();
    const live = healthHandler(db, { kind: 'liveness', deadlineMs: 0 });
    const holder = await hold(process.cwd(), db.name, 'BEGIN EXCLUSIVE');
    expect((await live()).status).toBe(200);
    await holder.release();
    expect((await healthHandler(tempDb(), { kind: 'liveness' })()).status).toBe(200);
    renameSync(db.name, `${db.name}.old`);
    new Database(db.name).exec('CREATE TABLE t (v)').close();
    const lost = await live();
    expect([lost.status, await lost.json()]).toEqual([503, { status: 'unhealthy' }]);
    db.close();
    expect((await live()).status).toBe(503);
  });
});

describe('healthListener()', () => {
  it('answers for node:http', async () => {
    const db = withTable();
    const server = createServer(healthListener(db, PATIENT)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const fine = await fetch(url);
    expect([fine.status, await fine.json()]).toEqual([200, { status: 'ok' }]);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
    db.close();
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(503);
    server.close();
    server.closeAllConnections();
  });
});

describe('what is told of every check', () => {
  const onResult = (): never => {
    throw new Error('no log');
  };

  it('is answered with its error when it throws, by a handler', async () => {
    await expect(healthHandler(tempDb(), { onResult })()).rejects.toThrow('no log');
  });

  it('keeps nobody waiting when it throws, and is an unhandled rejection of a listener', () => {
    const told = inChild(
      async (path: string) => {
        const { healthListener: listener } = require('ferrolite/ops') as typeof import('ferrolite/ops');
        const { createServer: create } = require('node:http') as typeof import('node:http');
        const unhandled = new Promise<string>((resolve) =>
          process.once('unhandledRejection', (error: Error) => resolve(error.message)),
        );
        const options = {
          onResult: () => {
            throw new Error('no log');
          },
        };
        const server = create(listener(path, options)).listen(0, '127.0.0.1');
        await new Promise((resolve) => server.once('listening', resolve));
        const { port } = server.address() as import('node:net').AddressInfo;
        const { status } = await fetch(`http://127.0.0.1:${port}/`);
        server.close();
        server.closeAllConnections();
        return [status, await unhandled];
      },
      [tempDb()],
    );
    expect(told).toEqual([500, 'no log']);
  });
});

describe('wrong options', () => {
  it.each([
    [{ kind: 'ready' }, `Expected the "kind" option to be 'readiness' or 'liveness'`],
    [{ details: 1 }, 'Expected the "details" option to be a boolean'],
    [{ onResult: 1 }, 'Expected the "onResult" option to be a function'],
    [{ deadline: 1 }, 'Unknown option "deadline"'],
    ['liveness', 'Expected the options to be an object'],
    [{ deadlineMs: -1 }, '"deadlineMs"'],
  ])('are refused when it is made: %j', (options, message) => {
    expect(() => healthHandler('a.db', options as never)).toThrow(message);
    expect(() => healthListener('a.db', options as never)).toThrow(message);
  });
});
