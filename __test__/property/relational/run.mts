/** Runs random programs with a driver and describes everything they give. */
import { answerOf, Described, type Answer, type Description } from '../../helpers/answer.mts';
import type { Database, DatabaseConstructor, Statement } from '../../helpers/driver.mts';
import { noteOf, register, type World } from './callbacks.mts';
import type { Execution, Program, Step } from './program.mts';

type How = Pick<Execution, 'mode' | 'method' | 'safe' | 'v'>;

/** A program in the middle of running. */
class Run implements World {
  readonly db: Database;
  readonly other: Database;
  #notes: Description[] = [];
  #hasFailed = false;
  readonly #kept: Statement[] = [];

  constructor(Database: DatabaseConstructor, { encoding, safe }: Program) {
    this.db = new Database(':memory:').exec(`PRAGMA encoding = '${encoding}'`).defaultSafeIntegers(safe);
    this.other = new Database(':memory:').exec('CREATE TABLE t (a)');
  }

  note(name: string, args: readonly unknown[]): void {
    this.#notes.push(noteOf(name, args));
  }

  mayFail(): boolean {
    const may = !this.#hasFailed;
    this.#hasFailed = true;
    return may;
  }

  /** What `act` gives, and what was called meanwhile. */
  answer(act: () => unknown): Answer[] {
    this.#notes = [];
    this.#hasFailed = false;
    const answer = answerOf(act);
    return [answer, { returned: [...this.#notes, String(this.db.inTransaction)] }];
  }

  step(each: Step): unknown {
    this.#hasFailed = false;
    switch (each.kind) {
      case 'execute': {
        const statement = this.db.prepare(each.sql);
        this.#kept.push(statement);
        return execute(statement, each);
      }
      case 'exec':
        return this.db.exec(each.sql).inTransaction;
      case 'register':
        return register(this, each.registration) === this.db;
      case 'again': {
        const statement = this.#kept[each.which % Math.max(1, this.#kept.length)];
        return statement === undefined ? 'nothing to run again' : execute(statement, each);
      }
      case 'transaction':
        return this.#transaction(each);
      case 'loop':
        return this.#loop(each);
      default:
        throw new Error('unknown step');
    }
  }

  #transaction({ variant, inner, nested, fails }: Extract<Step, { kind: 'transaction' }>): unknown {
    const all = (steps: readonly Execution[]): Described[] =>
      steps.map((each) => new Described(answerOf(() => this.step(each))));
    const inside = this.db.transaction(() => {
      const answers = all(nested);
      if (fails === 'inside') throw new RangeError('inside');
      return answers;
    });
    const outside = this.db.transaction(() => {
      const answers = [...all(inner), new Described(answerOf(() => inside()))];
      if (fails === 'outside') throw new RangeError('outside');
      return [answers, this.db.inTransaction];
    });
    return outside[variant]();
  }

  /** A loop that does something else at one row. */
  #loop(each: Extract<Step, { kind: 'loop' }>): unknown {
    const statement = prepared(this.db.prepare(each.sql), each);
    const seen: unknown[] = [];
    for (const row of statement.iterate(...parametersOf(statement, each))) {
      seen.push(row);
      if (seen.length !== each.at + 1) continue;
      seen.push(
        new Described(
          answerOf(() => {
            const inner = this.db.prepare(each.inner);
            const args = parametersOf(inner, each);
            return inner.reader ? inner.all(...args) : inner.run(...args);
          }),
        ),
      );
      if (each.leaves) break;
    }
    return seen;
  }
}

function parametersOf(statement: Statement, { v }: How): unknown[] {
  return statement.source.includes(':v') ? [{ v }] : [];
}

function prepared(statement: Statement, { mode, safe }: How): Statement {
  statement.safeIntegers(safe);
  if (!statement.reader) return statement;
  statement.raw().raw(false);
  if (mode === 'raw') statement.raw();
  if (mode === 'pluck') statement.pluck();
  if (mode === 'expand') statement.expand();
  return statement;
}

function execute(statement: Statement, each: How): unknown {
  prepared(statement, each);
  const args = parametersOf(statement, each);
  // That a write cannot be committed when it is left before its end is an error with us alone.
  const leaves = each.method === 'get' || each.method === 'run';
  const method = leaves && statement.reader && !statement.readonly ? 'all' : each.method;
  if (!statement.reader || method === 'run') return [statement.run(...args), statement.readonly];
  const rows = method === 'iterate' ? [...statement.iterate(...args)] : statement[method](...args);
  return [rows, statement.columns(), statement.readonly];
}

/** Every answer of a program, and what its tables hold at the end. */
export function outcomeOf(Database: DatabaseConstructor, given: Program): Answer[] {
  const run = new Run(Database, given);
  const answers = [
    ...given.registrations.flatMap((each) => run.answer(() => register(run, each) === run.db)),
    ...given.schema.flatMap((sql) => run.answer(() => run.db.exec(sql).open)),
    ...given.steps.flatMap((each) => run.answer(() => run.step(each))),
  ];
  for (const name of ['main.t0', 't1', 'aux.t2', 'more.t2']) {
    answers.push(
      answerOf(() => run.db.prepare(`SELECT * FROM ${name} ORDER BY rowid`).safeIntegers().raw().all()),
    );
  }
  return [...answers, answerOf(() => run.db.pragma('integrity_check')), answerOf(() => run.db.close().open)];
}
