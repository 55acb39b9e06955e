/**
 * Random programs: a schema and a list of steps, as plain data that can be printed, and a function that runs one
 * with a driver and describes everything it gives.
 */
import fc from 'fast-check';
import { answerOf, type Answer } from '../helpers/answer.mts';
import type { Database, DatabaseConstructor, Statement } from '../helpers/drivers.mts';
import { expression, quoted, table, value, type Table, type Value } from './values.mts';

const style = fc.constantFrom('list', 'array', 'named', 'split');
const mode = fc.constantFrom('flat', 'flat', 'raw', 'pluck');
const method = fc.constantFrom('get', 'all', 'iterate', 'run');
const values = fc.array(value, { minLength: 5, maxLength: 5 });

const how = { mode, safe: fc.boolean(), method, style };
const condition = fc.constantFrom(
  '',
  'WHERE %c > ?',
  'WHERE %c IS NOT ?',
  'WHERE %c = ? OR 1',
  'ORDER BY %c',
  'ORDER BY %c DESC LIMIT 2',
  'GROUP BY %c',
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      conflict: fc.constantFrom('', '', ' OR IGNORE', ' OR REPLACE', ' OR ROLLBACK'),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('select' as const),
      condition,
      column: fc.nat(4),
      values,
      ...how,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('expression' as const),
      sql: fc.array(expression, { minLength: 1, maxLength: 4 }),
      values,
      ...how,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      column: fc.nat(4),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      column: fc.nat(4),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(9), values, ...how }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bind' as const), which: fc.nat(9), values, ...how }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('exec' as const),
      sql: fc.constantFrom(
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'SAVEPOINT s',
        'RELEASE s',
        'ROLLBACK TO s',
        'ALTER TABLE t ADD COLUMN z DEFAULT 5',
        'ALTER TABLE t RENAME COLUMN a TO zz',
        'CREATE INDEX i ON t (1)',
        'DROP INDEX i',
        'PRAGMA foreign_keys = 0',
        'nonsense',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('transaction' as const), fails: fc.boolean(), values, ...how }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('loop' as const),
      rows: fc.nat(3),
      inner: fc.constantFrom('all', 'get', 'exec', 'close'),
      ...how,
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer Item> ? Item : never;

export interface Program {
  readonly encoding: string;
  readonly table: Table;
  readonly steps: Step[];
}

export const program: fc.Arbitrary<Program> = fc
  .record({
    encoding: fc.constantFrom('UTF-8', 'UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'),
    table,
    steps: fc.array(step, { minLength: 1, maxLength: 14, size: 'max' }),
  })
  .map((each) =>
    each.encoding === 'UTF-8' ? each : { ...each, steps: each.steps.map(withoutNoncharacters) },
  );

/** As text in UTF-16, the bytes FF FE and FF FF are characters in which the engines differ. */
function withoutNoncharacters(each: Step): Step {
  if (!('values' in each)) return each;
  const clean = (one: Value): Value =>
    one instanceof Uint8Array ? one.map((byte) => Math.min(byte, 0xfd)) : one;
  return { ...each, values: each.values.map(clean) };
}

interface Execution {
  readonly mode: string;
  readonly safe: boolean;
  readonly method: string;
  readonly style: string;
}

/** The placeholders of `count` parameters in a style, and the arguments that fill them. */
function parametersFor(
  given: readonly Value[],
  count: number,
  how: string,
): { marks: string[]; args: unknown[] } {
  const used = given.slice(0, count);
  const prefixes = [':', '@', '$'];
  const named = used.map((_, index) => [`p${index}`, used[index]] as const);
  if (how === 'named')
    return {
      marks: named.map(([name], index) => `${prefixes[index % 3]}${name}`),
      args: [Object.fromEntries(named)],
    };
  if (how === 'split' && count > 1) {
    return {
      marks: used.map((_, index) => (index === 0 ? ':p0' : '?')),
      args: [used.slice(1), { p0: used[0] }],
    };
  }
  return { marks: used.map(() => '?'), args: how === 'array' ? [used] : used };
}

function execute(
  statement: Statement,
  { mode: rows, safe, method: name }: Execution,
  args: readonly unknown[],
): unknown {
  if (statement.reader) {
    statement.raw().raw(false);
    if (rows === 'raw') statement.raw();
    if (rows === 'pluck') statement.pluck();
  }
  statement.safeIntegers(safe);
  if (!statement.reader || name === 'run') return statement.run(...args);
  if (name === 'iterate') return [...statement.iterate(...args)];
  return name === 'get' ? statement.get(...args) : statement.all(...args);
}

class Run {
  readonly db: Database;
  readonly #columns: readonly string[];
  readonly #kept: { statement: Statement; count: number; style: string }[] = [];

  constructor(Database: DatabaseConstructor, { encoding, table: { sql, columns } }: Program) {
    this.db = new Database(':memory:').exec(`PRAGMA encoding = '${encoding}'; ${sql}`);
    this.#columns = columns;
  }

  step(each: Step): unknown {
    switch (each.kind) {
      case 'insert': {
        const { marks, args } = parametersFor(each.values, this.#columns.length, each.style);
        const into = this.#columns.map(quoted).join();
        const returning = each.returning ? ' RETURNING *, rowid' : '';
        return this.#run(
          `INSERT${each.conflict} INTO t (${into}) VALUES (${marks.join()})${returning}`,
          marks.length,
          each,
          args,
        );
      }
      case 'select': {
        const where = each.condition.replaceAll('%c', this.#column(each.column));
        const count = where.split('?').length - 1;
        const { marks, args } = parametersFor(each.values, count, each.style);
        return this.#run(`SELECT * FROM t ${where.replace('?', () => marks[0] ?? '?')}`, count, each, args);
      }
      case 'expression': {
        const list = each.sql.map((sql, index) => `${sql} AS "e${index}"`).join(', ');
        return this.#run(`SELECT ${list}`, -1, each, [{ 1: each.values[0], 2: each.values[1] }]);
      }
      case 'update':
      case 'delete': {
        const { marks, args } = parametersFor(each.values, each.kind === 'update' ? 2 : 1, each.style);
        const column = this.#column(each.column);
        const returning = each.returning ? ` RETURNING ${column}, 1.5 AS r` : '';
        const sql =
          each.kind === 'update'
            ? `UPDATE t SET ${column} = ${marks[0]} WHERE ${column} IS NOT ${marks[1]}`
            : `DELETE FROM t WHERE ${column} > ${marks[0]}`;
        return this.#run(sql + returning, marks.length, each, args);
      }
      case 'again':
      case 'bind': {
        const kept = this.#kept[each.which % Math.max(1, this.#kept.length)];
        if (kept === undefined) return 'nothing to run again';
        const args =
          kept.count < 0
            ? [{ 1: each.values[0], 2: each.values[1] }]
            : parametersFor(each.values, kept.count, kept.style).args;
        if (each.kind === 'again') return execute(kept.statement, each, args);
        return [
          execute(kept.statement.bind(...args), each, []),
          execute(kept.statement, each, []),
          kept.statement.columns(),
        ];
      }
      case 'exec':
        return this.db.exec(each.sql).inTransaction;
      case 'transaction': {
        const { marks, args } = parametersFor(each.values, this.#columns.length, each.style);
        const insert = this.db.prepare(
          `INSERT INTO t (${this.#columns.map(quoted).join()}) VALUES (${marks.join()})`,
        );
        return this.db.transaction(() => {
          const result = insert.run(...args);
          if (each.fails) throw new RangeError('fails');
          return result;
        })();
      }
      case 'loop':
        return this.#loop(each.rows, each.inner);
      default:
        throw new Error('unknown step');
    }
  }

  #column(index: number): string {
    return quoted(this.#columns[index % this.#columns.length] ?? '');
  }

  #run(sql: string, count: number, each: Execution, args: readonly unknown[]): unknown {
    const statement = this.db.prepare(sql);
    this.#kept.push({ statement, count, style: each.style });
    return [execute(statement, each, args), statement.reader ? statement.columns() : statement.readonly];
  }

  /** A loop over all rows that does something after some of them. */
  #loop(rows: number, inner: string): unknown {
    const seen: unknown[] = [];
    const statement = this.db.prepare('SELECT * FROM t');
    for (const row of statement.iterate()) {
      seen.push(row, statement.busy);
      if (seen.length !== 2 * rows) continue;
      if (inner === 'exec') seen.push(answerOf(() => this.db.exec('SELECT 1').open));
      else if (inner === 'close') seen.push(answerOf(() => this.db.close().open));
      else
        seen.push(
          answerOf(() =>
            this.db.prepare('SELECT count(*), max(rowid) FROM t').raw()[inner as 'all' | 'get'](),
          ),
        );
    }
    return seen;
  }
}

/** Every answer of a program, and what the table holds at its end. */
export function outcomeOf(Database: DatabaseConstructor, given: Program): Answer[] {
  const run = new Run(Database, given);
  const answers = given.steps.map((each) => answerOf(() => [run.step(each), run.db.inTransaction]));
  const rows = run.db.prepare('SELECT * FROM t').safeIntegers();
  const content = answerOf(() => [rows.all(), rows.raw().all(), run.db.pragma('integrity_check')]);
  // Thousands of programs run in one turn of the event loop: nothing is collected meanwhile.
  return [...answers, content, answerOf(() => run.db.close().open)];
}
