// What the fuzzer has done, in a file: when the process dies, its last lines say how.
import { closeSync, openSync, writeSync } from 'node:fs';
import { types } from 'node:util';

const MAX_TEXT = 60;

/** How values are called in the journal. Asking a value itself would run its traps. */
const names = new WeakMap();

/** Gives an object a name for the journal, and gives it back. */
export function named(name, value) {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') names.set(value, name);
  return value;
}

/** Describes a value without running any code of it. */
export function describe(value) {
  switch (typeof value) {
    case 'string':
      return value.length <= MAX_TEXT
        ? JSON.stringify(value)
        : `${JSON.stringify(value.slice(0, MAX_TEXT))}+${value.length - MAX_TEXT}`;
    case 'bigint':
      return `${value}n`;
    case 'object':
    case 'function':
      if (value === null) return 'null';
      return names.get(value) ?? unnamed(value);
    case 'symbol':
      return 'symbol';
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function unnamed(value) {
  if (types.isProxy(value)) return 'proxy';
  if (types.isNativeError(value)) return `${value.name}: ${value.message}`;
  if (Array.isArray(value)) return `array(${value.length})`;
  if (ArrayBuffer.isView(value)) return 'bytes';
  return typeof value;
}

export class Journal {
  #file;
  #depth = 0;

  constructor(path) {
    this.#file = openSync(path, 'w');
  }

  write(text) {
    writeSync(this.#file, `${'  '.repeat(this.#depth)}${text}\n`);
  }

  /** What is written by `body` is shown as part of the line before. */
  within(body) {
    this.#depth += 1;
    try {
      return body();
    } finally {
      this.#depth -= 1;
    }
  }

  close() {
    closeSync(this.#file);
  }
}
