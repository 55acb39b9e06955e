// Whether rows are what the model says, to the last detail that users can see.
import { types } from 'node:util';
import { valueOf } from './model.mjs';

export class Finding extends Error {
  name = 'Finding';
}

/** A value, short enough for a message. */
export function show(value) {
  if (Buffer.isBuffer(value)) return `Buffer(${value.length}) ${value.toString('hex', 0, 20)}`;
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 40))} of ${value.length} characters`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  return types.isProxy(value) ? 'a proxy' : String(value);
}

/** Whether a Buffer has its memory for itself. */
export const ownsMemory = (value) => value.byteOffset === 0 && value.buffer.byteLength === value.length;

function sameCell(actual, cell, safeIntegers) {
  const expected = valueOf(cell, safeIntegers);
  if (Object.is(actual, expected)) return true;
  if (cell === null || !('blob' in cell)) return false;
  return (
    Buffer.isBuffer(actual) &&
    Object.getPrototypeOf(actual) === Buffer.prototype &&
    ownsMemory(actual) &&
    actual.equals(expected)
  );
}

function requireCell(actual, cell, safeIntegers, where) {
  if (sameCell(actual, cell, safeIntegers)) return;
  const expected = show(valueOf(cell, safeIntegers));
  throw new Finding(`${where} is ${show(actual)}, not ${expected}`);
}

const isPlain = ({ value, ...rest }) =>
  value !== undefined && rest.writable === true && rest.enumerable === true && rest.configurable === true;

/** The keys of rows with these names, and the column that each has its value from. */
export function keysOf(names) {
  const columns = new Map();
  for (const [column, name] of names.entries()) columns.set(name, column);
  // An object orders its keys; of a repeated name the last column counts, at the place of the first.
  const model = Object.create(null);
  for (const name of names) model[name] = true;
  return Reflect.ownKeys(model).map((key) => [key, columns.get(key)]);
}

/** A checker of rows as objects. */
export function objectChecker(keys, prototype, safeIntegers) {
  return (row, cells, where, isThorough) => {
    if (typeof row !== 'object' || row === null) throw new Finding(`${where} is ${show(row)}`);
    if (Object.getPrototypeOf(row) !== prototype) throw new Finding(`${where} has another prototype`);
    const own = Reflect.ownKeys(row);
    if (own.length !== keys.length)
      throw new Finding(`${where} has the keys ${own.slice(0, 20).map(String)}`);
    for (const [position, [key, column]] of keys.entries()) {
      if (own[position] !== key)
        throw new Finding(`${where} has ${String(own[position])} in the place of ${key}`);
      requireCell(row[key], cells[column], safeIntegers, `${where}, column ${column}`);
      if (isThorough && !isPlain(Object.getOwnPropertyDescriptor(row, key))) {
        throw new Finding(`${where}: ${key} is no plain property`);
      }
    }
  };
}

/** A checker of rows as arrays. */
export function arrayChecker(prototype, safeIntegers) {
  return (row, cells, where) => {
    if (!Array.isArray(row)) throw new Finding(`${where} is ${show(row)}`);
    if (Object.getPrototypeOf(row) !== prototype) throw new Finding(`${where} has another prototype`);
    if (row.length !== cells.length) throw new Finding(`${where} has ${row.length} values`);
    for (const [column, cell] of cells.entries()) {
      requireCell(row[column], cell, safeIntegers, `${where}, column ${column}`);
    }
  };
}

/** A checker of first columns. */
export function valueChecker(safeIntegers) {
  return (row, cells, where) => requireCell(row, cells[0], safeIntegers, where);
}
