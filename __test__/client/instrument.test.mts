import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { SqliteError, getDb, instrumentSqlite } from 'ferrolite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inChild, projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { deferred } from '../helpers/wait.mts';
import { thrownBy } from './support.mts';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterAll(() => {
  trace.disable();
  context.disable();
});
afterEach(() => exporter.reset());

const spans = (): ReturnType<InMemorySpanExporter['getFinishedSpans']> => exporter.getFinishedSpans();

describe('instrumentSqlite() with OpenTelemetry', () => {
  it('makes one span, with the names of the semantic conventions and no others', () => {
    expect(instrumentSqlite('listRows', () => getDb(':memory:').prepare('SELECT 1 AS x').all())).toEqual([
      { x: 1 },
    ]);
    const [span, ...others] = spans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      name: 'sqlite.listRows',
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'sqlite', 'db.operation.name': 'listRows' },
      status: { code: SpanStatusCode.UNSET },
      events: [],
      ended: true,
    });
    expect(Object.keys(span?.attributes ?? {})).toEqual(['db.system.name', 'db.operation.name']);
    expect(span?.instrumentationScope.name).toBe('ferrolite');
  });

  it('is active during the call, so that spans nest', () => {
    instrumentSqlite('outer', () => {
      instrumentSqlite('inner', () => trace.getActiveSpan()?.setAttribute('seen', true));
    });
    const [inner, outer] = spans();
    expect([inner?.name, outer?.name]).toEqual(['sqlite.inner', 'sqlite.outer']);
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.attributes['seen']).toBe(true);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it('records an error and throws the very same', () => {
    const insert = getDb(':memory:')
      .exec('CREATE TABLE IF NOT EXISTS u (x UNIQUE)')
      .prepare('INSERT INTO u VALUES (1)');
    insert.run();
    const error = thrownBy(() => instrumentSqlite('insert', () => insert.run()));
    expect(error).toBeInstanceOf(SqliteError);
    const [span] = spans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'UNIQUE constraint failed: u.x' });
    expect(span?.attributes).toEqual({
      'db.system.name': 'sqlite',
      'db.operation.name': 'insert',
      'error.type': 'SQLITE_CONSTRAINT_UNIQUE',
      'db.response.status_code': 'SQLITE_CONSTRAINT_UNIQUE',
    });
    expect(span?.events).toMatchObject([
      { name: 'exception', attributes: { 'exception.message': 'UNIQUE constraint failed: u.x' } },
    ]);
    expect(span?.ended).toBe(true);
  });

  it.each([undefined, null, '', 'text', 0, { odd: true }])('throws %j on as it is', (value) => {
    let caught: unknown = 'nothing';
    try {
      instrumentSqlite('fail', () => {
        throw value;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(value);
    expect(spans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': '_OTHER' } },
    ]);
  });

  it('ends with the promise, in whose code the span is active', async () => {
    const gate = deferred<string>();
    const result = instrumentSqlite('wait', async () => {
      const value = await gate.promise;
      instrumentSqlite('later', () => undefined);
      return value;
    });
    expect(result).toBeInstanceOf(Promise);
    expect(spans()).toEqual([]);
    gate.resolve('done');
    expect(await result).toBe('done');
    const [later, wait] = spans();
    expect(later?.parentSpanContext?.spanId).toBe(wait?.spanContext().spanId);
    expect(wait?.name).toBe('sqlite.wait');
  });

  it('records a rejection and rejects with the very same', async () => {
    const error = new RangeError('late');
    await expect(instrumentSqlite('reject', () => Promise.reject(error))).rejects.toBe(error);
    expect(spans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR, message: 'late' }, attributes: { 'error.type': 'RangeError' } },
    ]);
  });

  it('runs a lazy thenable once', async () => {
    let runs = 0;
    const lazy = {
      then(resolve: (value: number) => void) {
        runs += 1;
        instrumentSqlite('inside', () => undefined);
        resolve(runs);
      },
    };
    const result = instrumentSqlite('lazy', () => lazy);
    expect(await (result as unknown as Promise<number>)).toBe(1);
    expect(runs).toBe(1);
    const [inside, whole] = spans();
    expect(inside?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
  });
});

describe('a wrong argument of instrumentSqlite()', () => {
  const loose = instrumentSqlite as (...args: unknown[]) => unknown;

  it('is a TypeError', () => {
    for (const operation of [undefined, null, '', 1]) {
      expect(() => loose(operation, () => 1)).toThrow(
        new TypeError('Expected first argument to be a non-empty string'),
      );
    }
    expect(() => loose('name')).toThrow(new TypeError('Expected second argument to be a function'));
    expect(spans()).toEqual([]);
  });
});

/** A copy of the package in a folder from which the project's dependencies cannot be resolved. */
function aloneIn(folder: string): string {
  for (const part of ['index.js', 'package.json', 'dist', 'native']) {
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
  }
  return join(folder, 'index.js');
}

/** In a child: what instrumentSqlite() does to a value, an error and a promise. */
async function withoutApi(entry: string): Promise<unknown> {
  const { instrumentSqlite: run } = require(entry) as typeof import('ferrolite');
  const error = new Error('mine');
  let same = false;
  try {
    run('fail', () => {
      throw error;
    });
  } catch (caught) {
    same = caught === error;
  }
  const promise = Promise.resolve(2);
  return [
    run('value', () => 1),
    same,
    run('promise', () => promise) === promise,
    await run('promise', () => promise),
  ];
}

describe('instrumentSqlite() without OpenTelemetry', () => {
  it('is nothing but the call', () => {
    expect(inChild(withoutApi, [aloneIn(tempDir())])).toEqual([1, true, true, 2]);
  });

  it('is nothing but the call when no SDK is registered', () => {
    expect(inChild(withoutApi, [join(projectRoot, 'index.js')])).toEqual([1, true, false, 2]);
  });

  it.each([
    [
      'needs a module that is missing',
      "require('module-that-is-missing')",
      "Cannot find module 'module-that-is-missing'",
    ],
    ['fails', "throw new Error('the API is broken')", 'the API is broken'],
  ])('throws when the API package is there and %s', (_, code, message) => {
    const folder = tempDir();
    const api = join(folder, 'node_modules/@opentelemetry/api');
    mkdirSync(api, { recursive: true });
    writeFileSync(join(api, 'index.js'), code);
    const entry = aloneIn(folder);
    expect(() => inChild(withoutApi, [entry])).toThrow(message);
  });
});
