// Makes the calls of the fuzzer and judges each: what it throws, whether it may succeed, what it gives.
import { types } from 'node:util';
import { Choices } from './choices.mjs';
import { applyEffects } from './effects.mjs';
import { describe } from './journal.mjs';
import { RULES, stateOf, whyItMustNotRefuse, whyItMustThrow } from './model.mjs';
import { Pool } from './pool.mjs';
import { Values } from './values.mjs';

/** How deep calls are made from code that runs inside other calls. */
const MAX_DEPTH = 3;
/** Calls inside one step, so that a callback per row does not take forever. */
const MAX_NESTED = 30;

/** Calls whose promises do not depend on a promise of the fuzzer's. */
const SETTLES = /^truncateWal$|\.backup$/;

/** What the fuzzer has found; ends its run. */
export class Finding extends Error {
  name = 'Finding';
}

export class World {
  pool = new Pool();
  values = new Values(this);
  calls = 0;
  /** Names of the functions that were called, with counts. */
  called = new Map();
  /** The first thing that was found. Code in between may swallow the exception. */
  found = undefined;
  /** Promises that calls have returned, and that must be settled some time. */
  pending = [];
  /** Where copies of databases were written that may be damaged. */
  hostileCopies = new Set();
  choose;

  #seed;
  #steps;
  #depth = 0;
  #nested = 0;
  #ids = 0;
  #focus = [];
  #resultFor;
  /** What the code of the fuzzer has thrown in this step. */
  #thrown = new Set();
  #everThrown = new WeakSet();

  /**
   * @param steps - From a weight table's names to functions of the world; see steps.mjs.
   */
  constructor({ seed, journal, contract, steps }) {
    this.#seed = seed;
    this.journal = journal;
    this.contract = contract;
    this.#steps = steps;
  }

  id() {
    this.#ids += 1;
    return this.#ids;
  }

  /** Makes step `number`: some calls that belong together. */
  step(number) {
    this.choose = new Choices(this.#seed, number);
    this.#thrown.clear();
    this.#nested = 0;
    const name = this.choose.weighted(this.#steps.weights);
    this.journal.write(`${number} ${name}`);
    this.journal.within(() => this.#steps.run(name, this));
    if (this.found !== undefined) throw this.found;
  }

  /** Whether code that runs inside a call may make calls. */
  get mayNest() {
    return this.#depth < MAX_DEPTH && this.#nested < MAX_NESTED;
  }

  get isNested() {
    return this.#depth > 0;
  }

  /**
   * The record whose callback is making what it returns: the package reads that while the callback still runs, so
   * that the getters and traps of it belong to the callback.
   */
  get resultFor() {
    return this.#resultFor;
  }

  /** The record that the innermost call is made on: what code inside it turns to most. */
  get focus() {
    return this.#focus.at(-1);
  }

  /**
   * Code of the fuzzer that the package, SQLite or JavaScript calls.
   *
   * @param database - The record whose connection is executing meanwhile; undefined for getters and the like.
   * @param result - What the code gives in the end.
   */
  userCode(label, database, result, { mayThrow = true } = {}) {
    const outer = this.#resultFor;
    if (database !== undefined) database.callbacks += 1;
    this.#depth += 1;
    try {
      return this.journal.within(() => {
        if (this.#depth <= MAX_DEPTH && this.#nested < MAX_NESTED && this.choose.chance(0.6)) {
          this.journal.write(label);
          const count = 1 + this.choose.int(2);
          for (let made = 0; made < count; made += 1) this.#nestedStep();
        }
        if (mayThrow && this.choose.chance(0.05)) this.throwOwn(label);
        this.#resultFor = database;
        return result();
      });
    } finally {
      this.#resultFor = outer;
      this.#depth -= 1;
      if (database !== undefined) database.callbacks -= 1;
    }
  }

  #nestedStep() {
    this.#nested += 1;
    const name = this.choose.weighted(this.#steps.nestedWeights);
    this.journal.write(`- ${name}`);
    this.journal.within(() => this.#steps.run(name, this));
  }

  /** Throws a value that is no error of the package. */
  throwOwn(label) {
    const value = this.choose.pick([
      new Error(`thrown by ${label}`),
      new TypeError('thrown on purpose'),
      undefined,
      null,
      '',
      0,
      Symbol('thrown'),
      Object.freeze({ thrown: true }),
    ]);
    this.#thrown.add(value);
    if (typeof value === 'object' && value !== null) this.#everThrown.add(value);
    this.journal.write(`throws ${describe(value)}`);
    throw value;
  }

  /** Whether a value comes from {@link World.throwOwn}, of whatever step. */
  isOwn(value) {
    if (typeof value !== 'object' || value === null) return true;
    return this.#everThrown.has(value);
  }

  /** Lets go of everything; errors hold the objects of their stacks. */
  forget() {
    this.pool.clear();
    this.#thrown.clear();
  }

  report(text) {
    this.found ??= new Finding(text);
    this.journal.write(`FOUND ${text}`);
  }

  /**
   * Calls a method of a record's object by name, under the rules of the contract, and keeps the model up to date.
   *
   * @param more - `receiver`: another object that stands for it; and what the effects want to know.
   * @returns `{ value }`, or `{ error }` when it threw.
   */
  call(record, method, args, more = {}) {
    const { receiver = record.value } = more;
    const target = record.kind === 'transaction' ? record.value : record.value[method];
    const label = `${record.name}.${method}`;
    const given = RULES[record.kind][method];
    const rule = receiver === record.value ? given : { ...given, never: false };
    const outcome = this.invoke(label, target, receiver, args, { record, rule });
    applyEffects(this, { ...more, label, record, method, receiver, args }, outcome);
    return outcome;
  }

  /**
   * Calls a function and judges what comes of it.
   *
   * @param about - `record`: what the call is made on; `rule`: when it must throw; `construct`: the `new.target`
   *   of a construction.
   */
  invoke(label, target, receiver, args, { record, rule, construct } = {}) {
    this.calls += 1;
    this.called.set(label.replace(/^\w*?\d+\./, ''), true);
    this.journal.write(`${label}(${args.map(describe).join(', ')})`);
    const before = record && stateOf(record);
    this.#focus.push(record ?? this.focus);
    let outcome;
    try {
      const value =
        construct === undefined
          ? Reflect.apply(target, receiver, args)
          : Reflect.construct(target, args, construct);
      outcome = { value };
    } catch (error) {
      outcome = { error };
    } finally {
      this.#focus.pop();
    }
    if ('error' in outcome) this.journal.write(`  threw ${describe(outcome.error)}`);
    this.#judge(label, outcome, before, { record, rule, count: args.length });
    if (types.isPromise(outcome.value)) this.#await(label, outcome.value);
    return outcome;
  }

  #judge(label, outcome, before, { record, rule, count }) {
    const after = record && stateOf(record);
    if ('error' in outcome) {
      const { error } = outcome;
      if (this.#thrown.has(error)) return;
      const complaint =
        this.contract.complaint(error) ??
        (record && whyItIsDamaged(error, record)) ??
        (before && whyItMustNotRefuse(error.message, before, after)) ??
        (rule?.never && 'it never throws');
      if (complaint) this.report(`${label}: ${complaint}: ${describe(error)}\n${error?.stack ?? ''}`);
    } else if (rule !== undefined) {
      const reason = whyItMustThrow(rule, before, after, count);
      if (reason !== undefined) this.report(`${label} succeeded ${reason}`);
    }
  }

  #await(label, promise) {
    const settled = promise.then(
      () => undefined,
      (error) => {
        if (this.isOwn(error)) return;
        const complaint = this.contract.complaint(error);
        if (complaint) this.report(`${label} rejected: ${complaint}: ${describe(error)}\n${error.stack}`);
      },
    );
    // Others may be promises of the fuzzer's that nobody resolves.
    if (SETTLES.test(label)) this.pending.push(settled);
  }
}

/** Only databases whose bytes come from anywhere, or that were allowed to damage themselves, may be damaged. */
function whyItIsDamaged({ code }, record) {
  const { hostile } = record.kind === 'database' ? record : record.database;
  if (hostile || typeof code !== 'string') return undefined;
  return /^SQLITE_(?:CORRUPT|NOTADB|IOERR)/.test(code) ? 'a database is damaged' : undefined;
}
