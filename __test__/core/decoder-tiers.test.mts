import { describe, expect, it } from 'vitest';
import { ferrolite, sameAnswer, type Statement } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

/** One row of every kind of value; repeated executions of it pass the point at which rows are compiled. */
const everyKind =
  "SELECT 1 AS i, 3000000000 AS w, 9007199254740993 AS x, -0.0 AS r, 'text' AS t, 'é' AS l, '漢🙂' AS u, " +
  "x'00ff' AS b, NULL AS n, '' AS e, x'' AS z, printf('%3000s', 'x') AS long";

const shapes: [string, string][] = [
  ['every kind of value', everyKind],
  ['one column', 'SELECT 5 AS a'],
  ['duplicate names', "SELECT 1 AS a, 'b' AS b, 3 AS a"],
  ['integer-like names', 'SELECT \'z\' AS z, 2 AS "1", 3 AS "0"'],
  ['two hundred columns', `SELECT ${Array.from({ length: 200 }, (_, i) => `'${i}' AS c${i}`).join()}`],
  [
    'two hundred and one columns',
    `SELECT ${Array.from({ length: 201 }, (_, i) => `'${i}' AS c${i}`).join()}`,
  ],
];
const executions: [string, (statement: Statement) => unknown][] = [
  ['get', (statement) => statement.get()],
  ['all', (statement) => statement.all()[0]],
  ['iterate', (statement) => [...statement.iterate()][0]],
];

describe.each(shapes)('rows of %s', (_, sql) => {
  it.each(executions)('are the same for the first and the 2500th time by %s', (__, execute) => {
    for (const safe of [false, true]) {
      const first = sameAnswer((driver) => execute(driver.memory().prepare(sql).safeIntegers(safe)));
      const later = sameAnswer((driver) => {
        const statement = driver.memory().prepare(sql).safeIntegers(safe);
        for (let turn = 0; turn < 2500; turn += 1) execute(statement);
        return execute(statement);
      });
      expect(later).toStrictEqual(first);
    }
  });
});

describe('one result that passes the point of compilation', () => {
  it('has equal rows throughout', () => {
    const sql = `WITH RECURSIVE n(k) AS (VALUES (1) UNION ALL SELECT k + 1 FROM n WHERE k < 5000) SELECT s.* FROM n, (${everyKind}) AS s`;
    const literal = {
      i: 1,
      w: 3000000000,
      x: 9007199254740992,
      r: -0,
      t: 'text',
      l: 'é',
      u: '漢🙂',
      b: Buffer.from([0, 255]),
      n: null,
      e: '',
      z: Buffer.alloc(0),
      long: 'x'.padStart(3000),
    };
    const rows = ferrolite.memory().prepare(sql).all();
    expect(rows).toHaveLength(5000);
    for (const index of [0, 1, 998, 999, 1000, 1001, 2000, 4999]) expect(rows[index]).toStrictEqual(literal);
    let different = 0;
    for (const row of rows as (typeof literal)[]) {
      if (row.u !== literal.u || row.long !== literal.long || row.w !== literal.w || row.b.length !== 2)
        different += 1;
    }
    expect(different).toBe(0);
  });
});

/** Runs in a child. Reads `count` shapes with `rows` rows each and counts what is wrong. */
function readShapes(count: number, rows: number): { wrong: number; prototypes: boolean } {
  const Database = require('ferrolite');
  const db = new Database(':memory:');
  let wrong = 0;
  let prototypes = true;
  for (let shape = 0; shape < count; shape += 1) {
    const sql =
      `WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1}) ` +
      `SELECT i AS "first${shape}", 'é' || i AS b, ${shape} AS "last${shape}" FROM n`;
    const all = db.prepare(sql).all();
    if (all.length !== rows) wrong += 1;
    all.forEach((row: Record<string, unknown>, index: number) => {
      const expected = `first${shape},b,last${shape}:${index},é${index},${shape}`;
      if (`${Object.keys(row)}:${Object.values(row)}` !== expected) wrong += 1;
      if (Object.getPrototypeOf(row) !== Object.prototype) prototypes = false;
    });
  }
  return { wrong, prototypes };
}

describe('a process', () => {
  it('reads more than 1600 compiled shapes', () => {
    expect(inChild(readShapes, [1700, 1100] as const)).toEqual({ wrong: 0, prototypes: true });
  }, 60_000);

  it('reads more shapes than are remembered', () => {
    expect(inChild(readShapes, [6000, 2] as const)).toEqual({ wrong: 0, prototypes: true });
  }, 60_000);

  it('reads the same where code generation from strings is forbidden', () => {
    const flags = ['--disallow-code-generation-from-strings'];
    expect(inChild(readShapes, [3, 5000] as const, { flags })).toEqual({ wrong: 0, prototypes: true });
    const refused = inChild(
      () => {
        try {
          return new Function('return 1')() as unknown;
        } catch (error) {
          return (error as Error).name;
        }
      },
      [] as const,
      { flags },
    );
    expect(refused).toBe('EvalError');
  }, 30_000);
});
