/** `exportRows()`: the rows of a query as a stream of CSV or NDJSON, of which one piece is made when it is asked for. */
import { checkSignal, known } from '../../options';
import { onAbort } from '../../pool/on-abort';
import { COLUMNS } from '../../pool/options';
import { isConnection, isPool, PLAIN_ROWS, type BulkDatabase, type BulkStatement } from './target';
import { checkCsvForm, needsQuotes, type CsvForm } from './csv-form';

/** A pool, or another thing that gives rows one at a time. */
export interface ExportPool {
  iterate(sql: string, params?: unknown, options?: object): AsyncGenerator<unknown, undefined, undefined>;
}

/** How rows are written. */
export interface ExportOptions {
  /** `'csv'`, or `'ndjson'`: an object in JSON on each line. Default `'csv'`. */
  readonly format?: 'csv' | 'ndjson' | undefined;
  /** What an execution takes as its arguments, or the only one of them. */
  readonly params?: unknown;
  /** CSV: whether the first line has the names of the columns. Default true. */
  readonly header?: boolean | undefined;
  /** CSV: what stands between fields: one character. Default `,`. */
  readonly separator?: string | undefined;
  /** CSV: what stands around fields that need it: one character. Default `"`. */
  readonly quote?: string | undefined;
  /** CSV: what stands for NULL. Default: nothing; an empty text is then quoted. */
  readonly nullText?: string | undefined;
  /** CSV: what ends a line. Default CRLF, as in RFC 4180. */
  readonly lineEnd?: '\r\n' | '\n' | undefined;
  /** How the bytes of a blob are written. Default `'base64'`. */
  readonly blobs?: 'base64' | 'hex' | undefined;
  /** Ends the stream with its reason. */
  readonly signal?: AbortSignal | undefined;
}

interface Writer {
  /** What stands before the rows. */
  head(names: readonly string[]): string;
  row(values: readonly unknown[]): string;
}

/** Characters of a piece: a few dozen make a system call each pay. */
const PIECE = 64 * 1024;

const NAMES = [
  'format',
  'params',
  'header',
  'separator',
  'quote',
  'nullText',
  'lineEnd',
  'blobs',
  'signal',
] as const;

/**
 * The rows of a query as bytes. Nothing is executed before the stream is read, and no more rows are read than are
 * taken; a stream that is left is to be cancelled, as `pipeline()` and `new Response(stream)` do.
 *
 * @throws {TypeError} for wrong options, and on a connection what is wrong with the query.
 */
export function exportRows(
  db: BulkDatabase | ExportPool,
  sql: string,
  options: ExportOptions = {},
): ReadableStream<Uint8Array> {
  const writer = writerOf(options);
  if (typeof sql !== 'string') throw new TypeError('Expected second argument to be a string');
  const { params } = options;
  const signal = checkSignal(options.signal);
  const pieces = isConnection(db)
    ? ofConnection(db, sql, params, writer)
    : ofPool(requirePool(db), sql, params, writer, signal);
  return new ReadableStream<Uint8Array>(new Source(pieces, signal), { highWaterMark: 0 });
}

/** Makes a stream of pieces, whose statement ends with it however it ends. */
class Source {
  readonly #pieces: Pieces;
  readonly #signal: AbortSignal | undefined;
  readonly #encoder = new TextEncoder();
  /** A piece is being made. */
  #pulling = false;
  #ignoreSignal: (() => void) | undefined;

  constructor(pieces: Pieces, signal: AbortSignal | undefined) {
    this.#pieces = pieces;
    this.#signal = signal;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    const aborted = (): void => {
      controller.error(signal.reason);
      // A generator cannot be ended from inside of its own work, such as a function of the user that SQL calls.
      if (!this.#pulling) void this.cancel();
    };
    if (signal.aborted) aborted();
    else this.#ignoreSignal = onAbort(signal, aborted);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#pulling = true;
    try {
      const { value, done } = await this.#pieces.next();
      if (this.#signal?.aborted === true) return await this.cancel();
      if (done !== true) return controller.enqueue(this.#encoder.encode(value));
      this.#ignoreSignal?.();
      controller.close();
    } catch (error) {
      this.#ignoreSignal?.();
      throw error;
    } finally {
      this.#pulling = false;
    }
  }

  async cancel(): Promise<void> {
    this.#ignoreSignal?.();
    await this.#pieces.return(undefined);
  }
}

function requirePool(db: unknown): ExportPool {
  if (isPool(db)) return db as unknown as ExportPool;
  throw new TypeError('Expected first argument to be a connection or a pool');
}

/** What an execution takes as its arguments. */
const argumentsOf = (params: unknown): unknown[] =>
  params === undefined ? [] : Array.isArray(params) ? (params as unknown[]) : [params];

type Pieces = Generator<string, undefined> | AsyncGenerator<string, undefined>;

function ofConnection(db: BulkDatabase, sql: string, params: unknown, writer: Writer): Pieces {
  const statement = db.prepare(sql) as BulkStatement;
  if (!statement.reader) throw new TypeError('This statement does not return data. Use run() instead');
  const names = statement.columns().map(({ name }) => name);
  // Integers whole: rounding would change what is exported.
  const rows = statement.raw().safeIntegers();
  return (function* pieces(): Generator<string, undefined> {
    let piece = writer.head(names);
    for (const row of rows.iterate(...argumentsOf(params))) {
      piece += writer.row(row as unknown[]);
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    if (piece !== '') yield piece;
    return undefined;
  })();
}

async function* ofPool(
  pool: ExportPool,
  sql: string,
  params: unknown,
  writer: Writer,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined> {
  let names: readonly string[] | undefined;
  let piece: string | undefined;
  const options = {
    ...PLAIN_ROWS,
    raw: true,
    safeIntegers: true,
    signal,
    [COLUMNS]: (told: readonly string[]) => (names = told),
  };
  for await (const row of pool.iterate(sql, params, options)) {
    piece ??= writer.head(requireNames(names));
    piece += writer.row(row as unknown[]);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  piece ??= writer.head(requireNames(names));
  if (piece !== '') yield piece;
  return undefined;
}

/** Only pools of this package tell them. */
function requireNames(names: readonly string[] | undefined): readonly string[] {
  if (names !== undefined) return names;
  throw new TypeError('Expected first argument to be a connection or a pool');
}

function writerOf(options: unknown): Writer {
  const {
    format = 'csv',
    header = true,
    separator,
    quote,
    nullText,
    lineEnd = '\r\n',
    blobs = 'base64',
  } = known(options, NAMES) as ExportOptions;
  if (blobs !== 'base64' && blobs !== 'hex') {
    throw new TypeError('Expected the "blobs" option to be "base64" or "hex"');
  }
  if (format === 'ndjson') return new JsonWriter(blobs);
  if (format !== 'csv') throw new TypeError('Expected the "format" option to be "csv" or "ndjson"');
  if (typeof header !== 'boolean') throw new TypeError('Expected the "header" option to be a boolean');
  if (lineEnd !== '\r\n' && lineEnd !== '\n') {
    throw new TypeError('Expected the "lineEnd" option to be CRLF or LF');
  }
  return new CsvWriter(checkCsvForm({ separator, quote, nullText }), header, lineEnd, blobs);
}

const bytesAs = (bytes: Uint8Array, encoding: 'base64' | 'hex'): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);

class CsvWriter implements Writer {
  readonly #form: CsvForm;
  readonly #header: boolean;
  readonly #lineEnd: string;
  readonly #blobs: 'base64' | 'hex';

  constructor(form: CsvForm, header: boolean, lineEnd: string, blobs: 'base64' | 'hex') {
    this.#form = form;
    this.#header = header;
    this.#lineEnd = lineEnd;
    this.#blobs = blobs;
  }

  head(names: readonly string[]): string {
    return this.#header ? this.row(names) : '';
  }

  row(values: readonly unknown[]): string {
    const { separator } = this.#form;
    let line = '';
    for (let column = 0; column < values.length; column += 1) {
      if (column > 0) line += separator;
      line += this.#field(values[column]);
    }
    return line + this.#lineEnd;
  }

  #field(value: unknown): string {
    const { separator, quote, nullText } = this.#form;
    if (value === null) return nullText;
    const text = value instanceof Uint8Array ? bytesAs(value, this.#blobs) : String(value);
    if (text !== nullText && !needsQuotes(text, separator, quote)) return text;
    return quote + text.replaceAll(quote, quote + quote) + quote;
  }
}

class JsonWriter implements Writer {
  readonly #blobs: 'base64' | 'hex';
  #keys: string[] = [];

  constructor(blobs: 'base64' | 'hex') {
    this.#blobs = blobs;
  }

  head(names: readonly string[]): string {
    this.#keys = names.map((name, column) => `${column === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    return '';
  }

  row(values: readonly unknown[]): string {
    let line = '';
    for (let column = 0; column < values.length; column += 1) {
      line += this.#keys[column]! + this.#value(values[column]);
    }
    return `${line}}\n`;
  }

  #value(value: unknown): string {
    // JSON's numbers have as many digits as one writes.
    if (typeof value === 'bigint') return String(value);
    // As SQLite's own JSON has it, and JSON.parse() reads it.
    if (value === Infinity) return '9e999';
    if (value === -Infinity) return '-9e999';
    return JSON.stringify(value instanceof Uint8Array ? bytesAs(value, this.#blobs) : value);
  }
}
