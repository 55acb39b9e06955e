// fleet.forEach(): the same for all databases.
import { describe, expect, it, onTestFinished } from 'vitest';
import { FerroliteError, FleetFailures, openFleet, type FleetOptions } from 'ferrolite/pool';
import { tempDir } from '../helpers/temp-db.mts';
import { rejection, until } from './support.mts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A fleet with the databases of {@link NAMES}. */
async function fleetOfSix(options: FleetOptions = {}) {
  const fleet = openFleet(tempDir(), options);
  onTestFinished(() => fleet.close({ drainMs: 0 }));
  for (const name of NAMES) await fleet.pool(name).exec('CREATE TABLE t (v)');
  return fleet;
}

describe('forEach()', () => {
  it('calls the function for each database, and gives what it gives by name', async () => {
    const fleet = await fleetOfSix({ maxOpen: 2 });
    const results = await fleet.forEach(async (tenant) => {
      await tenant.transaction((tx) => tx.run('INSERT INTO t VALUES (?)', [tenant.name]));
      return tenant.get('SELECT v FROM t', [], { pluck: true });
    });
    expect([...results]).toEqual(NAMES.map((name) => [name, name]));
    expect(await openFleet(tempDir()).forEach(() => 1)).toEqual(new Map());
  });

  it.each([
    [{ maxOpen: 10 }, {}, 4],
    [{ maxOpen: 2 }, {}, 2],
    [{ maxOpen: 10 }, { concurrency: 3 }, 3],
  ])('calls it for as many at a time as is said (%o, %o)', async (fleetOptions, options, expected) => {
    const fleet = await fleetOfSix(fleetOptions);
    let [running, most] = [0, 0];
    await fleet.forEach(async (tenant) => {
      running += 1;
      most = Math.max(most, running);
      await tenant.get('SELECT 1');
      running -= 1;
    }, options);
    expect(most).toBe(expected);
  });

  it('gives results and failures in the order of the names, whichever ends first', async () => {
    const fleet = await fleetOfSix();
    const lastEnded = Promise.withResolvers<void>();
    const results = await fleet.forEach(
      async ({ name }) => (name === 'f' ? lastEnded.resolve() : await lastEnded.promise),
      { concurrency: 6 },
    );
    expect([...results.keys()]).toEqual(NAMES);
    const failedLast = Promise.withResolvers<void>();
    const error = await fleet
      .forEach(
        async ({ name }) => {
          if (name === 'f') failedLast.resolve();
          else await failedLast.promise;
          throw new Error(name);
        },
        { concurrency: 6 },
      )
      .catch((reason: unknown) => reason);
    expect([...(error as FleetFailures).failures.keys()]).toEqual(NAMES);
  });

  it('goes on after a failure, and rejects with all of them', async () => {
    const fleet = await fleetOfSix();
    const called: string[] = [];
    const thrown = { anything: true };
    const failed = fleet.forEach((tenant) => {
      called.push(tenant.name);
      if (tenant.name === 'b') throw new Error('of b');
      if (tenant.name === 'e') return Promise.reject(thrown);
      return 1;
    });
    const error = await failed.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FleetFailures);
    expect(error).toBeInstanceOf(FerroliteError);
    expect(error).toMatchObject({
      name: 'FerroliteError',
      code: 'FERROLITE_FLEET_FAILURES',
      message: '2 of 6 databases have failed, the first one b: of b',
      cause: new Error('of b'),
      failures: new Map<string, unknown>([
        ['b', new Error('of b')],
        ['e', thrown],
      ]),
    });
    expect(called.toSorted()).toEqual(NAMES);
  });

  it('begins no further ones when its signal is aborted', async () => {
    const fleet = await fleetOfSix();
    const controller = new AbortController();
    const reason = new Error('enough');
    const called: string[] = [];
    let release: (() => void) | undefined;
    const stopped = fleet.forEach(
      (tenant) => {
        called.push(tenant.name);
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      { concurrency: 1, signal: controller.signal },
    );
    await until(() => release !== undefined);
    controller.abort(reason);
    release!();
    await expect(stopped).rejects.toBe(reason);
    expect(called).toEqual(['a']);
  });

  it('refuses wrong arguments, and a fleet that is closed', async () => {
    const fleet = (await fleetOfSix({ maxOpen: 3 })) as any;
    expect((await rejection(fleet.forEach(5))).message).toBe('Expected first argument to be a function');
    const { message } = await rejection(fleet.forEach(() => 1, { concurrency: 4 }));
    expect(message).toBe('Expected the "concurrency" option to be between 1 and 3');
    expect((await rejection(fleet.forEach(() => 1, { limit: 1 }))).message).toMatch(
      /^Unknown option "limit"/,
    );
    expect((await rejection(fleet.forEach(() => 1, { signal: 5 }))).message).toMatch(/AbortSignal/);
    await fleet.close();
    expect((await rejection(fleet.forEach(() => 1))).code).toBe('FERROLITE_FLEET_CLOSED');
  });
});
