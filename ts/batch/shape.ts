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

/** False once the runtime has refused to make code from strings. */
let mayCompile = true;

/**
 * A constructor for rows of `shape`, or undefined where code generation is forbidden.
 *
 * A constructor with `Object.prototype` as its prototype makes objects that equal literals; unlike
 * literals they keep fast properties however many shapes the process has seen.
 *
 * @param cell - Reads the cell at a slot.
 */
export function compileRow(shape: Shape, cell: (slot: number) => unknown): RowConstructor | undefined {
  if (!mayCompile) return undefined;
  const columns = shape.names.map((name, column) => ({
    key: JSON.stringify(name),
    read: column === 0 ? 'cell(first)' : `cell(first + ${column})`,
  }));
  const body = shape.inherited
    ? `return { ${columns.map(({ key, read }) => `[${key}]: ${read}`).join(', ')} };`
    : columns.map(({ key, read }) => `this[${key}] = ${read};`).join('\n');
  let row: RowConstructor;
  try {
    row = new Function('cell', `return function (first) {\n${body}\n};`)(cell) as RowConstructor;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    mayCompile = false;
    return undefined;
  }
  row.prototype = Object.prototype;
  return row;
}
