/**
 * Shapes: what all rows with the same column names share, found by those names and not by statement.
 */

/** A compiled row constructor: reads the cells from slot `first` on. */
export type RowConstructor = new (first: number) => object;

/** The names of a result's columns, and how often rows of them were decoded. */
export interface Shape {
  /** In column order; repeated names stand as often as they occur. */
  readonly names: readonly string[];
  /**
   * Whether a name is also a member of `Object.prototype`, such as `__proto__` or `constructor`:
   * assigning it could call a setter or meet a frozen prototype, so the property must be defined.
   */
  readonly inherited: boolean;
  /** Rows decoded so far: the measure of whether compiling pays. */
  decodedRows: number;
  /** The constructor for integers as numbers. */
  numbers: RowConstructor | undefined;
  /** The constructor for integers as bigints. */
  bigints: RowConstructor | undefined;
}

/** Beyond this many the cache starts anew: someone makes column names without end. */
const MAX_SHAPES = 5000;

const shapes = new Map<string, Shape>();

/**
 * The shape of these columns.
 *
 * @param joinedNames - The names joined by NUL, which no column name can hold.
 */
export function shapeOf(joinedNames: string): Shape {
  let shape = shapes.get(joinedNames);
  if (shape === undefined) {
    const names = joinedNames.split('\0');
    shape = {
      names,
      inherited: names.some((name) => name in Object.prototype),
      decodedRows: 0,
      numbers: undefined,
      bigints: undefined,
    };
    if (shapes.size >= MAX_SHAPES) shapes.clear();
    shapes.set(joinedNames, shape);
  }
  return shape;
}

/** A compiled reader of rows as arrays, from the cells at slot `first` on. */
export type ArrayReader = (first: number) => unknown[];

/** False once the runtime has refused to make code from strings. */
let mayCompile = true;

/** Makes a function that has `cell` at hand, or undefined where code generation is forbidden. */
function compile(body: string, cell: (slot: number) => unknown): unknown {
  if (!mayCompile) return undefined;
  try {
    return (new Function('cell', body) as (cell: unknown) => unknown)(cell);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    mayCompile = false;
    return undefined;
  }
}

const readAt = (column: number): string => (column === 0 ? 'cell(first)' : `cell(first + ${column})`);

/**
 * A constructor for rows of `shape`, or undefined where code generation is forbidden.
 *
 * A constructor with `Object.prototype` as its prototype makes objects that equal literals; unlike
 * literals they keep fast properties however many shapes the process has seen.
 *
 * @param cell - Reads the cell at a slot.
 */
export function compileRow(shape: Shape, cell: (slot: number) => unknown): RowConstructor | undefined {
  const keys = shape.names.map((name) => JSON.stringify(name));
  const body = shape.inherited
    ? `return { ${keys.map((key, column) => `[${key}]: ${readAt(column)}`).join(', ')} };`
    : keys.map((key, column) => `this[${key}] = ${readAt(column)};`).join('\n');
  const row = compile(`return function (first) {\n${body}\n};`, cell) as RowConstructor | undefined;
  if (row !== undefined) row.prototype = Object.prototype;
  return row;
}

/** A reader for rows of `columns` columns as arrays, or undefined where code generation is forbidden. */
export function compileArray(columns: number, cell: (slot: number) => unknown): ArrayReader | undefined {
  const cells = Array.from({ length: columns }, (_, column) => readAt(column)).join(', ');
  return compile(`return function (first) { return [${cells}]; };`, cell) as ArrayReader | undefined;
}
