// The engine beside better-sqlite3's: every difference is listed with its reason, and no other exists.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STATEMENTS } from '../fixtures/engine/statements.mts';
import { answerOf } from '../helpers/answer.mts';
import { betterSqlite3, ferrolite, type Driver } from '../helpers/drivers.mts';

interface Listed {
  in: 'ours' | 'theirs' | 'flags';
  reason: string;
}

interface Differences {
  version: { ours: string; theirs: string; reason: string };
  compileOptions: (Listed & { option: string })[];
  functions: (Listed & { function: string })[];
  modules: (Listed & { module: string })[];
  pragmas: (Listed & { pragma: string })[];
  collations: (Listed & { collation: string })[];
  statements: { sql: string; reason: string }[];
}

const file = new URL('../fixtures/engine/differences.json', import.meta.url);
const listed = JSON.parse(readFileSync(file, 'utf8')) as Differences;

function column(driver: Driver, sql: string): string[] {
  return [...new Set(driver.memory().prepare(sql).pluck().all() as string[])];
}

/** What only one of the two has, as `ours: name` and `theirs: name`, sorted. */
function onlyOne(sql: string): string[] {
  const [ours, theirs] = [column(ferrolite, sql), column(betterSqlite3, sql)];
  return [
    ...ours.filter((name) => !theirs.includes(name)).map((name) => `ours: ${name}`),
    ...theirs.filter((name) => !ours.includes(name)).map((name) => `theirs: ${name}`),
  ].toSorted();
}

const names = (list: readonly (Listed & object)[], key: string): string[] =>
  list.map((entry) => `${entry.in}: ${(entry as unknown as Record<string, string>)[key]!}`).toSorted();

describe('the engine', () => {
  it('has the listed version, which is one that cannot corrupt a WAL database', () => {
    const version = 'SELECT sqlite_version()';
    expect(column(ferrolite, version)).toEqual([listed.version.ours]);
    expect(column(betterSqlite3, version)).toEqual([listed.version.theirs]);
    const [major, minor, patch] = listed.version.ours.split('.').map(Number) as [number, number, number];
    const number = major * 1_000_000 + minor * 1000 + patch;
    expect(number).toBeGreaterThanOrEqual(3_051_003);
    expect(number).not.toBe(3_052_000);
  });

  it('has the compile-time options of better-sqlite3 but for the listed ones', () => {
    const sql = "SELECT * FROM pragma_compile_options WHERE compile_options NOT LIKE 'COMPILER=%'";
    expect(onlyOne(sql)).toEqual(names(listed.compileOptions, 'option'));
  });

  it('has its functions', () => {
    const functions = (flags: string) =>
      `SELECT name || '/' || narg${flags} FROM pragma_function_list ORDER BY name, narg`;
    const present = listed.functions.filter((entry) => entry.in !== 'flags');
    expect(onlyOne(functions(''))).toEqual(names(present, 'function'));
    const withFlags = onlyOne(functions(" || ' ' || type || flags"))
      .map((line) => line.replace(/^\w+: (.*) .*$/, '$1'))
      .filter((name) => !present.some((entry) => entry.function === name));
    const changed = listed.functions.filter((entry) => entry.in === 'flags').map((entry) => entry.function);
    expect([...new Set(withFlags)]).toEqual(changed);
  });

  it('has its modules, pragmas and collations', () => {
    expect(onlyOne('SELECT name FROM pragma_module_list')).toEqual(names(listed.modules, 'module'));
    expect(onlyOne('SELECT name FROM pragma_pragma_list')).toEqual(names(listed.pragmas, 'pragma'));
    expect(onlyOne('SELECT name FROM pragma_collation_list')).toEqual(names(listed.collations, 'collation'));
  });

  it('gives every difference a reason', () => {
    const all = [listed.version, ...Object.values(listed).filter(Array.isArray).flat()] as {
      reason: string;
    }[];
    for (const entry of all) expect(entry.reason, JSON.stringify(entry)).toMatch(/\w{3}.*\.$/);
  });
});

describe('statements', () => {
  /** Runs all of a script but its last statement, and gives the last one's columns and rows. */
  function answer(driver: Driver, script: string): unknown {
    return answerOf(() => {
      const db = driver.onDisk();
      const end = script.lastIndexOf('; ');
      if (end > 0) db.exec(script.slice(0, end));
      const statement = db.prepare(end > 0 ? script.slice(end + 2) : script);
      return statement.reader
        ? [statement.columns().map(({ name }) => name), statement.raw().all()]
        : statement.run();
    });
  }

  const differing = new Map(listed.statements.map(({ sql, reason }) => [sql, reason]));

  it.each(STATEMENTS.map((sql) => [sql.length > 100 ? `${sql.slice(0, 100)}...` : sql, sql]))(
    '%s',
    (_, sql) => {
      const [ours, theirs] = [answer(ferrolite, sql), answer(betterSqlite3, sql)];
      if (differing.has(sql))
        expect(ours, 'this difference has vanished: take it off the list').not.toEqual(theirs);
      else expect(ours).toEqual(theirs);
    },
  );

  it('the list of differing statements names only statements that are compared', () => {
    for (const sql of differing.keys()) expect(STATEMENTS).toContain(sql);
  });
});
