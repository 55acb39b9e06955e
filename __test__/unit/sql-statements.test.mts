// Where a statement ends in SQL text, and on which line it begins.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { SqlStatement } from '../../ts/migrate/folder/sql-statements.ts';

const { sqlStatements } = createRequire(import.meta.url)('../../dist/migrate/folder/sql-statements.js') as {
  sqlStatements: (text: string) => Iterable<SqlStatement>;
};
const split = (text: string): string[] => [...sqlStatements(text)].map(({ sql }) => sql);

describe('sqlStatements()', () => {
  it.each([
    ['', []],
    [';;\n ; -- x;\n/* y; */', []],
    ['a', ['a']],
    ['a; b ;\nc', ['a;', 'b ;', 'c']],
    ["select ';', '''; ', \"a;\"\"\", `b;`, [c;]; d;", ["select ';', '''; ', \"a;\"\"\", `b;`, [c;];", 'd;']],
    ['a -- x;\n, b; c /* ; */;', ['a -- x;\n, b;', 'c /* ; */;']],
    ["'never ends; ", ["'never ends; "]],
    ['/* never ends; ', []],
    [
      'create trigger x after insert on t begin select 1; select case when 1 then 2 end; END; b;',
      ['create trigger x after insert on t begin select 1; select case when 1 then 2 end; END;', 'b;'],
    ],
    [
      'CREATE /* c */ TEMP\nTRIGGER x BEGIN a; END ; b',
      ['CREATE /* c */ TEMP\nTRIGGER x BEGIN a; END ;', 'b'],
    ],
    [
      'explain query plan create temporary trigger x begin a; end; b',
      ['explain query plan create temporary trigger x begin a; end;', 'b'],
    ],
    ['create table trigger_x (a); b', ['create table trigger_x (a);', 'b']],
    ['begin; a; end; b', ['begin;', 'a;', 'end;', 'b']],
  ])('splits %j', (text, statements) => {
    expect(split(text)).toEqual(statements);
  });

  it('counts lines, those in strings and comments too', () => {
    const text = "a;\n/*\n*/ b '\n';c;\r\n\n-- d\nd";
    expect([...sqlStatements(text)].map(({ sql, line }) => [sql, line])).toEqual([
      ['a;', 1],
      ["b '\n';", 3],
      ['c;', 4],
      ['d', 7],
    ]);
  });

  it('takes strings of any length', () => {
    const long = `'${"x''".repeat(1_000_000)}'`;
    expect(split(`${long}; b`)).toEqual([`${long};`, 'b']);
  });
});
