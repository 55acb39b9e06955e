import { Worker } from 'node:worker_threads';
import { closeOnSignals } from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tryInChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { nextEvent } from '../helpers/wait.mts';
import { asFirstProcess, canMount, filesBeside, startNode } from './support.mts';

type Signal = 'SIGTERM' | 'SIGINT';

/** In a child: opens, runs `setUp` (the body of a function), says so, and lives on. */
function live(path: string, setUp: string): void {
  const client = require('ferrolite') as typeof import('ferrolite');
  client.getDb(path).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  new Function('client', 'require', setUp)(client, require);
  process.stdin.resume();
  process.stdout.write('ready\n');
}

async function signalled(setUp: string, signal: Signal): Promise<{ path: string; exit: unknown }> {
  const path = tempDb();
  const child = startNode(live, [path, setUp]);
  await child.says('ready');
  child.process.kill(signal);
  return { path, exit: await child.ended };
}

const OURS = 'client.closeOnSignals();';

describe.each(['SIGTERM', 'SIGINT'] as const)('closeOnSignals() and %s', (signal) => {
  it('close the databases and end the process with the status of the signal', async () => {
    const { path, exit } = await signalled(OURS, signal);
    expect(exit).toEqual({ code: null, signal });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('close them when it was called twice, and by two copies of the code', async () => {
    const again = `${OURS} ${OURS}
      for (const name of Object.keys(require.cache)) if (name.includes('/dist/')) delete require.cache[name];
      delete require.cache[require.resolve('ferrolite')];
      require('ferrolite').closeOnSignals();`;
    const { path, exit } = await signalled(again, signal);
    expect(exit).toEqual({ code: null, signal });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('close them while rows are being read', async () => {
    const iterating = `${OURS}
      const [path] = Reflect.get(globalThis, Symbol.for('ferrolite.connections')).connections.keys();
      client.getDb(path).prepare('SELECT 1').iterate().next();`;
    const { path, exit } = await signalled(iterating, signal);
    expect(exit).toEqual({ code: null, signal });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('leave the end of the process to another listener', async () => {
    const theirs = `${OURS}
      process.on('${signal}', () => {
        if (!client.getDb([...Reflect.get(globalThis, Symbol.for('ferrolite.connections')).connections.keys()][0]).open) process.exit(1);
        setImmediate(() => process.exit(42));
      });`;
    const { path, exit } = await signalled(theirs, signal);
    expect(exit).toEqual({ code: 42, signal: null });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('report what cannot be closed, close the others, and end the process all the same', () => {
    const path = tempDb();
    const result = tryInChild(
      (file: string, name: string) => {
        const { closeOnSignals: install, getDb } = require('ferrolite') as typeof import('ferrolite');
        getDb(file);
        const { connections } = Reflect.get(globalThis, Symbol.for('ferrolite.connections')) as {
          connections: Map<string, object>;
        };
        const close = (): never => {
          throw new Error('cannot be closed');
        };
        const entries = [...connections];
        connections.clear();
        connections.set('/first.db', { ...entries[0]![1], close });
        for (const [key, entry] of entries) connections.set(key, entry);
        install();
        process.kill(process.pid, name);
        return new Promise((resolve) => void setInterval(resolve, 60_000));
      },
      [path, signal],
    );
    expect(result).toMatchObject({ code: null, signal });
    expect(result.stderr).toBe('ferrolite: could not close /first.db: Error: cannot be closed\n');
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('leave it to a listener that was there before', async () => {
    const { path, exit } = await signalled(
      `process.once('${signal}', () => process.exit(43)); ${OURS}`,
      signal,
    );
    expect(exit).toEqual({ code: 43, signal: null });
    expect(filesBeside(path)).toEqual(['test.db']);
  });
});

describe.runIf(canMount)('closeOnSignals() in the first process of a container', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('ends it at %s with the code %i, though the kernel ignores the signal', (signal, code) => {
    const path = tempDb();
    const result = tryInChild(
      (file: string, name: string) => {
        const { closeOnSignals: install, getDb } = require('ferrolite') as typeof import('ferrolite');
        getDb(file).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        install();
        if (process.pid !== 1) process.exit(1);
        process.kill(process.pid, name);
        setTimeout(() => process.exit(2), 10_000);
      },
      [path, signal],
      { prefix: asFirstProcess },
    );
    expect(result).toMatchObject({ code, stderr: '' });
    expect(filesBeside(path)).toEqual(['test.db']);
  });
});

describe('the function that closeOnSignals() returns', () => {
  it('takes the handlers back with the last caller', () => {
    const listeners = (): number[] => [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')];
    const before = listeners();
    const first = closeOnSignals();
    const second = closeOnSignals();
    const during = listeners();
    expect(during).toEqual(before.map((count) => count + 1));
    first();
    first();
    expect(listeners()).toEqual(during);
    second();
    expect(listeners()).toEqual(before);
    closeOnSignals()();
    expect(listeners()).toEqual(before);
  });
});

describe('without closeOnSignals()', () => {
  it('a signal ends the process as ever, and the log stays', async () => {
    const { path, exit } = await signalled('', 'SIGTERM');
    expect(exit).toEqual({ code: null, signal: 'SIGTERM' });
    expect(filesBeside(path)).toContain('test.db-wal');
  });
});

describe('closeOnSignals() in a worker', () => {
  it('is a TypeError', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       try { require('ferrolite').closeOnSignals(); } catch (error) { parentPort.postMessage([error.name, error.message]); }`,
      { eval: true },
    );
    expect(await nextEvent(worker, 'message')).toEqual([
      'TypeError',
      'closeOnSignals() must be called on the main thread: signals are not delivered to workers',
    ]);
  });
});
