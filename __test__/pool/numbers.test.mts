// The addon gives the number of a pool that is closed to the next one.
import { expect, it } from 'vitest';
import { poolWith, rejection } from './support.mts';

it('what is left of a closed pool reaches no other one', async () => {
  for (let round = 0; round < 20; round += 1) {
    const old = poolWith('CREATE TABLE t (v)');
    let begun!: () => void;
    const isBegun = new Promise<void>((resolve) => void (begun = resolve));
    const held = rejection(
      old.transaction(async (tx) => {
        await tx.run('INSERT INTO t VALUES (1)');
        begun();
        await new Promise(() => undefined);
      }),
    );
    const next = poolWith('CREATE TABLE t (v)');
    await isBegun;
    await next.close();
    await old.close({ drainMs: 0 });
    // Their numbers are free.
    const pools = [poolWith('CREATE TABLE t (v)'), poolWith('CREATE TABLE t (v)')];
    const done = pools.map((pool) =>
      pool.transaction(async (tx) => {
        await tx.run('INSERT INTO t VALUES (2)');
        return tx.get('SELECT count(*) AS n FROM t');
      }),
    );
    expect((await held).code).toBe('FERROLITE_POOL_CLOSED');
    expect(await Promise.all(done)).toEqual([{ n: 1 }, { n: 1 }]);
    for (const pool of pools) expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 2 }]);
  }
});
