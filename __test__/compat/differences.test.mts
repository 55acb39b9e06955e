import { describe, expect, it } from 'vitest';
import { caseDifferences } from '../fixtures/case-differences.mts';
import { defects } from '../fixtures/defects.mts';
import { crashes } from '../fixtures/crashes.mts';
import { absent, differences } from '../fixtures/differences.mts';
import { answerOf } from '../helpers/answer.mts';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { tryInChild } from '../helpers/in-child.mts';

const withoutCoreFile = ['sh', '-c', 'ulimit -c 0; exec "$@"', 'sh'];

describe('deliberate differences', () => {
  it('have an id and a reason each', () => {
    const all = [...differences, ...crashes];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, reason } of all) expect([id, reason.length > 20]).toEqual([id, true]);
  });

  it('are what differential cases are excused by', () => {
    const known = new Set([...differences, ...defects, ...crashes].map(({ id }) => id));
    expect(caseDifferences.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(differences.map((difference) => [difference.id, difference] as const))(
    '%s',
    (_, { run, ours, theirs }) => {
      expect(answerOf(() => run(ferrolite))).toStrictEqual(ours);
      expect(answerOf(() => run(betterSqlite3))).toStrictEqual(theirs);
      expect(ours).not.toStrictEqual(theirs);
    },
  );

  it.each(crashes.map((crash) => [crash.id, crash] as const))(
    '%s ends the process of better-sqlite3 only',
    (_, crash) => {
      const theirs = tryInChild(crash.run, [betterSqlite3.name], { prefix: withoutCoreFile });
      expect(theirs.code).not.toBe(0);
      expect(theirs.value).toBe(undefined);
      const ours = tryInChild(crash.run, [ferrolite.name]);
      expect([ours.value, ours.code]).toEqual([crash.ours, 0]);
    },
    30_000,
  );
});

describe('what is absent', () => {
  it('is not on the database', () => {
    expect(absent.database.filter((name: string) => name in ferrolite.Database.prototype)).toEqual([]);
    expect(absent.database.filter((name: string) => !(name in betterSqlite3.Database.prototype))).toEqual([]);
  });

  it('is not on the statement', () => {
    const prototypes = [ferrolite, betterSqlite3].map(
      (driver) => Object.getPrototypeOf(driver.memory().prepare('SELECT 1')) as object,
    );
    expect(
      prototypes.map((prototype) => absent.statement.map((name) => Object.hasOwn(prototype, name))),
    ).toEqual([absent.statement.map(() => false), absent.statement.map(() => true)]);
  });

  it('is all that is missing, and nothing is added', () => {
    const [ours = [], theirs = []] = [ferrolite, betterSqlite3].map((driver) => {
      const statement = Object.getPrototypeOf(driver.memory().prepare('SELECT 1')) as object;
      return [Reflect.ownKeys(driver.Database.prototype), Reflect.ownKeys(statement)].map((keys) =>
        keys.map(String),
      );
    });
    expect(ours[0]).toEqual(theirs[0]?.filter((name) => !absent.database.includes(name)));
    expect(ours[1]).toEqual(theirs[1]?.filter((name) => !absent.statement.includes(name)));
  });
});
