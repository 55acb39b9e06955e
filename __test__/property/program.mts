/** Runs random programs with a driver and describes everything they give. */
import { answerOf, type Answer } from '../helpers/answer.mts';
import type { Database, DatabaseConstructor, Statement } from '../helpers/drivers.mts';
import type { Program, Step } from './steps.mts';
import { quoted, type Value } from './values.mts';

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
  way: string,
): { marks: string[]; args: unknown[] } {
  const used = given.slice(0, count);
  const prefixes = [':', '@', '$'];
  const named = used.map((_, index) => [`p${index}`, used[index]] as const);
  if (way === 'named')
    return {
      marks: named.map(([name], index) => `${prefixes[index % 3]}${name}`),
      args: [Object.fromEntries(named)],
    };
  if (way === 'split' && count > 1) {
    return {
      marks: used.map((_, index) => (index === 0 ? ':p0' : '?')),
      args: [used.slice(1), { p0: used[0] }],
    };
  }
  return { marks: used.map(() => '?'), args: way === 'array' ? [used] : used };
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
