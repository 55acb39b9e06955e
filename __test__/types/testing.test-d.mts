import Database from 'ferrolite';
import {
  createFixtureDb,
  playwrightFixtures,
  prepareTemplate,
  removeFixtures,
  rollbackScope,
  vitestBuilders,
  vitestFixtures,
  type FixtureDb,
  type Template,
  type TestFixtures,
  type WorkerFixtures,
} from 'ferrolite/testing';
import { describe, expectTypeOf, it, test as base } from 'vitest';

describe('createFixtureDb()', () => {
  it('gives a path and a connection', () => {
    expectTypeOf(createFixtureDb({ template: 'a.db' })).toEqualTypeOf<Promise<FixtureDb>>();
    expectTypeOf<FixtureDb['db']>().toEqualTypeOf<Database.Database>();
    expectTypeOf<FixtureDb['path']>().toBeString();
  });

  it('takes what a template is made of and how the copy is opened', () => {
    void createFixtureDb({
      template: new URL('file:///a.db'),
      migrations: 'migrations',
      build: async ({ db, path }) => {
        expectTypeOf(db).toEqualTypeOf<Database.Database>();
        expectTypeOf(path).toBeString();
      },
      key: 'a',
      memory: true,
      options: { readonly: true },
      pragmas: { cache_size: -1000, synchronous: 'full' },
    });
    // @ts-expect-error there is no such option
    void createFixtureDb({ templates: 'a.db' });
    // @ts-expect-error a template is not opened
    void prepareTemplate({ template: 'a.db', memory: true });
  });
});

describe('Template', () => {
  it('makes copies', () => {
    expectTypeOf<Template['createDb']>().returns.toEqualTypeOf<FixtureDb>();
    expectTypeOf<Template['createDb']>().toBeCallableWith({ memory: true });
  });
});

describe('rollbackScope() and removeFixtures()', () => {
  it('give what ends them', () => {
    expectTypeOf(rollbackScope(new Database()).rollback).toEqualTypeOf<() => void>();
    expectTypeOf(removeFixtures({ directory: '/tmp' })).toBeVoid();
  });
});

describe('vitestFixtures() and vitestBuilders()', () => {
  it('give tests the types of the fixtures, in the object form', () => {
    const test = base.extend<WorkerFixtures & TestFixtures>(
      vitestFixtures({ template: 'a.db', mode: 'rollback' }),
    );
    test('fixtures', ({ template, fixture, db, expect }) => {
      expectTypeOf(template).toEqualTypeOf<Template>();
      expectTypeOf(fixture).toEqualTypeOf<FixtureDb>();
      expectTypeOf(db).toEqualTypeOf<Database.Database>();
      expectTypeOf(expect).toBeFunction();
    });
  });

  it('give tests the types of the fixtures, in the builder form', () => {
    const { template, fixture, db } = vitestBuilders({ template: 'a.db' });
    const test = base
      .extend('template', { scope: 'worker' }, template)
      .extend('fixture', fixture)
      .extend('db', db);
    test('fixtures', (context) => {
      expectTypeOf(context.template).toEqualTypeOf<Template>();
      expectTypeOf(context.fixture).toEqualTypeOf<FixtureDb>();
      expectTypeOf(context.db).toEqualTypeOf<Database.Database>();
    });
  });

  it('refuse an unknown mode', () => {
    // @ts-expect-error there is no such mode
    vitestFixtures({ template: 'a.db', mode: 'fast' });
  });
});

describe('playwrightFixtures()', () => {
  it('gives what test.extend() takes', () => {
    const fixtures = playwrightFixtures({ template: 'a.db' });
    expectTypeOf(fixtures.template[1]).toEqualTypeOf<{ scope: 'worker' }>();
    expectTypeOf<WorkerFixtures>().toEqualTypeOf<{ template: Template }>();
    expectTypeOf<TestFixtures>().toEqualTypeOf<{ fixture: FixtureDb; db: Database.Database }>();
  });
});
