/**
 * From the arguments of an execution to one value per parameter: the binding rules of
 * better-sqlite3.
 *
 * Everything that can run code of the user (getters, proxies) runs here, before the channel is
 * touched, so that it may use other statements, or even close the database.
 */
import { bindable, isPlainObject } from '../batch/encode-params';
import { compileReader, missing } from './named-reader';
import type { NamedReader } from './named-reader';

/** Executions of one statement after which a compiled reader has paid for itself. */
const COMPILE_AFTER_EXECUTIONS = 200;

const hasOwn = Object.prototype.hasOwnProperty;

const TOO_FEW = 'Too few parameter values were provided';
const TOO_MANY = 'Too many parameter values were provided';

/** The parameters of a statement. */
export class ParameterList {
  /** The highest index. */
  readonly count: number;
  /** Name without prefix at each position; null for a parameter without a name. */
  readonly #names: readonly (string | null)[] | undefined;
  /** Whether one object can fill them all, where they have names. */
  readonly #onlyNamed: boolean = false;
  #executions = 0;
  /** Null where there is nothing to compile, or compiling is forbidden. */
  #compiled: NamedReader | null | undefined;

  /**
   * @param described - What the addon gives: something else, then the name of each parameter with its prefix, or null
   * for a plain `?`; absent when no parameter has a name.
   */
  constructor(count: number, described: readonly (string | null)[] | undefined) {
    this.count = count;
    if (described === undefined) return;
    const names: (string | null)[] = [];
    let onlyNamed = true;
    for (let position = 0; position < count; position += 1) {
      const name = described[position + 1]!;
      // `?5` is a named parameter too: its name is the number.
      names[position] = name === null ? null : name.slice(1);
      if (name === null) onlyNamed = false;
    }
    this.#names = names;
    this.#onlyNamed = onlyNamed;
  }

  /** The compiled reader, once the statement has been executed often enough for it to pay. */
  #reader(): NamedReader | undefined {
    if (this.#compiled === undefined) {
      this.#executions += 1;
      if (this.#executions < COMPILE_AFTER_EXECUTIONS) return undefined;
      this.#compiled = compileReader(this.#names as readonly string[]) ?? null;
    }
    return this.#compiled ?? undefined;
  }

  /** Whether `args` could be one value for each parameter, in order. */
  takesInOrder(args: readonly unknown[]): boolean {
    return this.#names === undefined && args.length === this.count;
  }

  /** The values of `args`, in the order of the parameters. */
  collect(args: readonly unknown[]): unknown[] {
    const [source] = args;
    if (args.length === 1 && this.#onlyNamed && isPlainObject(source)) {
      const read = this.#reader();
      if (read !== undefined) return read(source);
    }
    return this.#scan(args);
  }

  /** Left to right: one object fills what has a name, everything else the rest in order. */
  #scan(args: readonly unknown[]): unknown[] {
    const { count } = this;
    const names = this.#names;
    const values = Array.from<unknown>({ length: count });
    let named = false;
    let filled = 0;
    let next = 0;
    const add = (value: unknown) => {
      const checked = bindable(value);
      while (next < count && typeof names?.[next] === 'string') next += 1;
      if (next >= count) throw new RangeError(TOO_MANY);
      values[next] = checked;
      next += 1;
      filled += 1;
    };
    for (const arg of args) {
      if (Array.isArray(arg)) {
        // The length counts as it is before any getter runs.
        for (let index = 0, { length } = arg; index < length; index += 1) add(arg[index]);
      } else if (isPlainObject(arg)) {
        if (named) throw new TypeError('You cannot specify named parameters in two different objects');
        named = true;
        if (names !== undefined) filled += fillNamed(arg, names, values);
      } else if (names !== undefined && isObject(arg) && !ArrayBuffer.isView(arg)) {
        throw new TypeError('Named parameters can only be passed within plain objects');
      } else {
        add(arg);
      }
    }
    if (filled < count) {
      if (names !== undefined && !named) throw new TypeError('Missing named parameters');
      throw new RangeError(TOO_FEW);
    }
    return values;
  }
}

/** Reads the named parameters out of `source`, in their order; answers how many there are. */
function fillNamed(source: object, names: readonly (string | null)[], values: unknown[]): number {
  let filled = 0;
  for (let position = 0; position < names.length; position += 1) {
    const name = names[position];
    if (name === null || name === undefined) continue;
    if (!hasOwn.call(source, name)) throw missing(name);
    values[position] = bindable((source as Record<string, unknown>)[name]);
    filled += 1;
  }
  return filled;
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
