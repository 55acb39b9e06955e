// Makes calls on pools, fleets and what they give, and judges what they throw and reject with.
import { types } from 'node:util';
import { describe } from '../journal.mjs';
import { Values } from '../values.mjs';

const MAX_DEPTH = 3;
/** Objects of one kind that are kept for calls. */
const MOST_OF_A_KIND = 6;
/** The last lines that are told with a finding. */
const MOST_LINES = 60;

/** What SQLite calls an interruption is a reason of the pool's: its caller has given up, or the pool ends. */
const INNER_CODES = new Set(['SQLITE_INTERRUPT', 'SQLITE_AUTH']);
/** Snapshots, and their streams, refuse what would change the connection. */
const REFUSES = /^(?:snapshot|stream|\w+\.read)\b/;

export class PoolWorld {
  calls = 0;
  /** Names of what was called, with the kind of object. */
  called = new Set();
  found = undefined;
  values = new Values(this);
  /** What {@link Values} picks objects from. */
  pool = { any: (choose) => this.#any(choose), recordOf: () => undefined };
  resultFor = undefined;
  choose;
  /** What is waited for, with its name. */
  pending = new Map();
  #records = {};
  #depth = 0;
  #own = new WeakSet();
  #lines = [];

  constructor({ Database, entry, folder, contract }) {
    Object.assign(this, { Database, entry, folder, contract });
  }

  /** Begins a round. */
  begin(choose, steps) {
    this.choose = choose;
    this.steps = steps;
    this.#records = {};
    this.#lines = [];
    this.pending.clear();
  }

  /** Keeps an object for further calls. */
  add(kind, value) {
    const list = (this.#records[kind] ??= []);
    if (list.length < MOST_OF_A_KIND) list.push(value);
    else list[this.choose.int(list.length)] = value;
    return value;
  }

  of(kind) {
    return this.#records[kind] ?? [];
  }

  #any(choose) {
    const all = Object.values(this.#records).flat();
    return all.length > 0 ? choose.pick(all) : undefined;
  }

  /** Code of the fuzzer that the package calls: getters, traps, functions. */
  userCode(label, _, result, { mayThrow = true } = {}) {
    this.#depth += 1;
    try {
      if (this.#depth <= MAX_DEPTH && this.choose.chance(0.3)) {
        this.write(`in ${label}`);
        this.steps.any(this);
      }
      if (mayThrow && this.choose.chance(0.1)) throw this.own(label);
      return result();
    } finally {
      this.#depth -= 1;
    }
  }

  /** An error of the fuzzer's. */
  own(label) {
    const error = new Error(`thrown by ${label}`);
    this.#own.add(error);
    return error;
  }

  isOwn(value) {
    if (typeof value !== 'object' || value === null) return true;
    // What a signal that is aborted without a reason has for one.
    return this.#own.has(value) || (value instanceof DOMException && value.name === 'AbortError');
  }

  write(line) {
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
  }

  /**
   * Calls `target`, whose answer may be a promise.
   *
   * @param about - `isForeign`: the receiver is none that has the method; JavaScript itself refuses that.
   */
  invoke(label, target, receiver, args, { isForeign = false } = {}) {
    this.calls += 1;
    this.called.add(label);
    const line = `${label}(${args.map(describe).join(', ')})`;
    this.write(line);
    let value;
    try {
      value = Reflect.apply(target, receiver, args);
    } catch (error) {
      this.#judge(label, error, isForeign);
      return undefined;
    }
    // Not by its `then`: that may be a getter of the fuzzer's.
    if (types.isPromise(value)) this.watch(label, value, { isForeign, line });
    return value;
  }

  /** Waits in the background, and judges a rejection. Answers with the value, or undefined. */
  watch(label, promise, { isForeign = false, line = label } = {}) {
    const settled = promise.then(
      (value) => value,
      (error) => this.#judge(label, error, isForeign),
    );
    this.waitFor(line, settled);
    return settled;
  }

  /** The round ends when this has ended too. */
  waitFor(label, promise) {
    const done = promise.finally(() => this.pending.delete(done));
    this.pending.set(done, label);
  }

  /** What nobody has answered. */
  unanswered() {
    const stats = [...this.opened].map((each) => JSON.stringify(each.stats()));
    return `${[...this.pending.values()].join(', ')}\nwith ${stats.join(', ')}\nafter\n  ${this.#lines.join('\n  ')}`;
  }

  #judge(label, error, isForeign) {
    if (this.isOwn(error) || (isForeign && error instanceof TypeError)) return;
    const isInner = INNER_CODES.has(error.code) && !(error.code === 'SQLITE_AUTH' && REFUSES.test(label));
    const complaint = isInner ? `the code ${error.code}` : this.contract.complaint(error);
    if (complaint === undefined) return;
    const lines = this.#lines.join('\n  ');
    this.found ??= `${label}: ${complaint}: ${describe(error)}\n${error?.stack ?? ''}\nafter\n  ${lines}`;
  }

  report(text) {
    this.found ??= `${text}\nafter\n  ${this.#lines.join('\n  ')}`;
  }
}
