/**
 * Shapes: what all rows with the same column names share, found by those names and not by statement;
 * and the code that is made for a shape, or for a number of columns, once it has paid for itself.
 */
import { TAG_INT32 } from './layout';

/** Reads rows: one, or all up to a word. Both are given the first word of a row. */
export interface RowReader<T> {
  one(at: number): T;
  /** Appends the rows from `at` up to `end` to `rows`. */
  many(rows: unknown[], at: number, end: number): void;
}

/** What compiled code reads cells with. */
export interface CellReaders {
  readonly words: Int32Array;
  /** The value of the cell whose first word stands at `at`, integers as numbers. */
  cell(at: number): unknown;
  /** Likewise, integers as bigints. */
  cellBigInt(at: number): unknown;
}

/** The names of a result's columns, and how often rows of them were decoded. */
export interface Shape {
  /** In column order; repeated names stand as often as they occur. */
  readonly names: readonly string[];
  /**
   * Whether a name is also a member of `Object.prototype`, such as `__proto__` or `constructor`:
   * assigning it could call a setter or meet a frozen prototype, so the property must be defined.
   */
  readonly inherited: boolean;
  /** Makes the objects of rows that are read before a compiled reader pays. */
  readonly Row: new () => Record<string, unknown>;
  /** Rows decoded so far: the measure of whether compiling pays. */
  decodedRows: number;
  /** The compiled reader with integers as numbers. */
  numbers: RowReader<object> | undefined;
  /** The compiled reader with integers as bigints. */
  bigints: RowReader<object> | undefined;
}

/** @param joinedNames - The names joined by NUL, which no column name can hold. */
export function newShape(joinedNames: string): Shape {
  const names = joinedNames.split('\0');
  return {
    names,
    inherited: names.some((name) => name in Object.prototype),
    Row: rowConstructor(),
    decodedRows: 0,
    numbers: undefined,
    bigints: undefined,
  };
}

/**
 * A constructor of empty objects that equal literals. V8 looks for the hidden class behind the next property among
 * those that follow the last one. Behind the class of `{}` it has to search all first names of the process; each
 * constructor begins with a class of its own, which makes rows of a new shape four times as fast.
 */
function rowConstructor(): Shape['Row'] {
  // No class: the prototype of one cannot be replaced.
  function Row() {}
  Row.prototype = Object.prototype;
  return Row as unknown as Shape['Row'];
}

/**
 * So many shapes are read into object literals, which V8 makes fastest. The later ones are made by
 * constructors: V8 gives literals slow properties once it has seen about 1536 different first names.
 */
const LITERAL_SHAPES = 512;
let compiledShapes = 0;

/** False once the runtime has refused to make code from strings. */
let mayCompile = true;

/** Makes a reader from `one`, the source of a function `one(at)`; undefined where that is forbidden. */
function compile<T>(
  one: string,
  columns: number,
  { words, cell, cellBigInt }: CellReaders,
  safeIntegers: boolean,
): RowReader<T> | undefined {
  if (!mayCompile) return undefined;
  const body =
    `${one}\nreturn { one, many(rows, at, end) {\n` +
    `for (let row = rows.length; at < end; at += ${2 * columns}) rows[row++] = one(at);\n} };`;
  try {
    const make = new Function('words', 'cell', 'toBigInt', body);
    return make(words, safeIntegers ? cellBigInt : cell, BigInt) as RowReader<T>;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    mayCompile = false;
    return undefined;
  }
}

/** The source that reads the cell of a column. Small integers are read in place: most cells are. */
function readCell(column: number, safeIntegers: boolean): string {
  const at = column === 0 ? 'at' : `at + ${2 * column}`;
  const integer = safeIntegers ? `toBigInt(words[${at}])` : `words[${at}]`;
  return `words[at + ${2 * column + 1}] === ${TAG_INT32} ? ${integer} : cell(${at})`;
}

/** A reader of rows of `shape` as objects; undefined where code generation is forbidden. */
export function compileRow(
  shape: Shape,
  readers: CellReaders,
  safeIntegers: boolean,
): RowReader<object> | undefined {
  const { names } = shape;
  compiledShapes += 1;
  const keys = names.map((name) => JSON.stringify(name));
  let one: string;
  if (shape.inherited || compiledShapes <= LITERAL_SHAPES) {
    // A computed key, because a plain `__proto__` would set the prototype.
    const properties = keys.map(
      (key, column) => `${key === '"__proto__"' ? `[${key}]` : key}: ${readCell(column, safeIntegers)}`,
    );
    one = `function one(at) { return {\n${properties.join(',\n')}\n}; }`;
  } else {
    const assignments = keys.map((key, column) => `this[${key}] = ${readCell(column, safeIntegers)};`);
    // With this prototype its objects equal literals.
    one =
      `function Row(at) {\n${assignments.join('\n')}\n}\nRow.prototype = Object.prototype;\n` +
      'function one(at) { return new Row(at); }';
  }
  return compile(one, names.length, readers, safeIntegers);
}

/** A reader of rows of `columns` columns as arrays; undefined where code generation is forbidden. */
export function compileArray(
  columns: number,
  readers: CellReaders,
  safeIntegers: boolean,
): RowReader<unknown[]> | undefined {
  const cells = Array.from({ length: columns }, (_, column) => readCell(column, safeIntegers));
  const one = `function one(at) { return [\n${cells.join(',\n')}\n]; }`;
  return compile(one, columns, readers, safeIntegers);
}
