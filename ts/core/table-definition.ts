/** Definitions of virtual tables, checked. */
import { types } from 'node:util';
import { asciiLowerCase } from './callbacks';
import { lengthOf } from './registration-options';

/** A generator function of the user: one value a parameter, one row a `yield`. */
export type RowsFunction = (...parameters: unknown[]) => Iterable<unknown>;

/** A definition that is complete and checked. */
export interface CheckedTable {
  readonly rows: RowsFunction;
  readonly columns: readonly string[];
  readonly parameters: readonly string[];
  /** Undefined when the definition does not say. */
  readonly safeIntegers: boolean | undefined;
  readonly directOnly: boolean;
}

/** The addon has one bit for each. */
const MAX_PARAMETERS = 32;
const MAX_COLUMNS = 2000;

/**
 * Checks a definition. Only its own properties count.
 *
 * @param verb - Where it comes from: `used` or `returned`.
 * @throws {TypeError} or {RangeError} naming the module and the property.
 */
export function checkTable(definition: object, moduleName: string, verb: string): CheckedTable {
  const what = `Virtual table module "${moduleName}" ${verb} a table definition`;
  const own = (name: string): unknown => (definition as Record<string, unknown>)[name];
  const has = (name: string): boolean => Object.hasOwn(definition, name);
  const invalid = (name: string, should: string): TypeError =>
    new TypeError(`${what} with an invalid "${name}" property (should be ${should})`);
  for (const name of ['rows', 'columns']) {
    if (!has(name)) throw new TypeError(`${what} without a "${name}" property`);
  }
  const names = (given: unknown, property: string, noun: string): string[] => {
    const list = Array.isArray(given) ? Array.from<unknown>(given) : [undefined];
    if (!list.every((name) => typeof name === 'string')) throw invalid(property, 'an array of strings');
    if (new Set(list).size < list.length) throw new TypeError(`${what} with duplicate ${noun} names`);
    return list;
  };
  const flag = (name: string): boolean | undefined => {
    if (!has(name)) return undefined;
    const value = own(name);
    if (typeof value !== 'boolean') throw invalid(name, 'a boolean');
    return value;
  };

  const rows = own('rows');
  if (!isGeneratorFunction(rows)) throw invalid('rows', 'a generator function');
  const columns = names(own('columns'), 'columns', 'column');
  if (columns.length === 0) throw new RangeError(`${what} with zero columns`);
  const parameters = has('parameters')
    ? names(own('parameters'), 'parameters', 'parameter')
    : numbered(lengthOf(rows));
  if (parameters.length > MAX_PARAMETERS) {
    throw new RangeError(`${what} with more than the maximum number of ${MAX_PARAMETERS} parameters`);
  }
  const both = parameters.find((name) => columns.includes(name));
  if (both !== undefined) {
    throw new TypeError(
      `${what} with column "${both}" which was ambiguously defined as both a column and parameter`,
    );
  }
  return {
    rows,
    columns,
    parameters,
    safeIntegers: flag('safeIntegers'),
    directOnly: flag('directOnly') ?? false,
  };
}

const GeneratorFunctionPrototype: unknown = Object.getPrototypeOf(function* none() {});

/** Also of another realm, or bound, but not an async one. */
function isGeneratorFunction(value: unknown): value is RowsFunction {
  if (typeof value !== 'function') return false;
  if (Object.getPrototypeOf(value) === GeneratorFunctionPrototype) return true;
  return (
    types.isGeneratorFunction(value) && Object.prototype.toString.call(value) === '[object GeneratorFunction]'
  );
}

/** The names of parameters that have none. */
function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`);
}

/** What SQLite is told of a table: `CREATE TABLE` with its parameters first, as hidden columns. */
export function declarationOf({ columns, parameters }: CheckedTable): string {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const hidden = parameters.map((name) => `${quoted(name)} HIDDEN`);
  return `CREATE TABLE x(${[...hidden, ...columns.map(quoted)].join(', ')})`;
}

/** Whether SQLite takes the declaration: to it, names that differ in case only are the same, and NUL is its end. */
export function isDeclarable({ columns, parameters }: CheckedTable): boolean {
  const all = [...parameters, ...columns];
  const isDistinct = new Set(all.map(asciiLowerCase)).size === all.length;
  return isDistinct && all.length <= MAX_COLUMNS && !all.some((name) => name.includes('\0'));
}
