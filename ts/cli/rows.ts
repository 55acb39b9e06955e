/** Rows of a query for programs: JSON and CSV. `table.ts` is for people. */
import { UsageError } from './command';
import type { Output } from './output';

/** Takes the rows of a query, one after the other. */
export interface RowWriter {
  begin(): Promise<void>;
  row(cells: readonly unknown[]): Promise<void>;
  /** @param isWhole - False: there are more rows than were written. */
  end(): Promise<void>;
}

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Characters that are printed at a time: a write for each row would be slow. */
const PIECE = 64 * 1024;

/** Collects pieces of text. */
abstract class Pieces implements RowWriter {
  readonly #output: Output;
  #piece = '';

  constructor(output: Output) {
    this.#output = output;
  }

  abstract begin(): Promise<void>;
  abstract row(cells: readonly unknown[]): Promise<void>;
  abstract end(): Promise<void>;

  protected async add(text: string): Promise<void> {
    this.#piece += text;
    if (this.#piece.length >= PIECE) await this.flush();
  }

  protected async flush(): Promise<void> {
    if (this.#piece !== '') await this.#output.write(this.#piece);
    this.#piece = '';
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** One array of objects with a row on each line, or the objects alone. */
export class JsonWriter extends Pieces {
  readonly #keys: readonly string[];
  readonly #isArray: boolean;
  #isFirst = true;

  /** @throws {UsageError} where an object could not hold the columns. */
  constructor(output: Output, names: readonly string[], isArray: boolean) {
    super(output);
    const twice = names.find((name, column) => names.indexOf(name) !== column);
    if (twice !== undefined) {
      throw new UsageError(`Two columns are called "${twice}", and an object has one: name them with AS`);
    }
    this.#keys = names.map((name, column) => `${column === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    this.#isArray = isArray;
  }

  begin(): Promise<void> {
    return this.add(this.#isArray ? '[' : '');
  }

  row(cells: readonly unknown[]): Promise<void> {
    const separator = this.#isArray ? (this.#isFirst ? '\n' : ',\n') : '';
    this.#isFirst = false;
    const fields = cells.map((cell, column) => this.#keys[column]! + value(cell));
    return this.add(`${separator}${fields.join('')}}${this.#isArray ? '' : '\n'}`);
  }

  async end(): Promise<void> {
    if (this.#isArray) await this.add(this.#isFirst ? ']\n' : '\n]\n');
    await this.flush();
  }
}

function value(cell: unknown): string {
  // JSON's numbers have as many digits as one writes.
  if (typeof cell === 'bigint') return String(cell);
  // As SQLite's own JSON has it, and JSON.parse() reads it.
  if (cell === Infinity) return '9e999';
  if (cell === -Infinity) return '-9e999';
  return JSON.stringify(cell instanceof Uint8Array ? base64(cell) : cell);
}

/** RFC 4180, but for the end of lines: NULL is an empty field, an empty text is quoted. */
export class CsvWriter extends Pieces {
  readonly #names: readonly string[];

  constructor(output: Output, names: readonly string[]) {
    super(output);
    this.#names = names;
  }

  begin(): Promise<void> {
    return this.row(this.#names);
  }

  row(cells: readonly unknown[]): Promise<void> {
    return this.add(`${cells.map(field).join(',')}\n`);
  }

  end(): Promise<void> {
    return this.flush();
  }
}

function field(cell: unknown): string {
  if (cell === null) return '';
  const text = cell instanceof Uint8Array ? base64(cell) : String(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
