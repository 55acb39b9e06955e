/** `importCsv()`: a CSV file into a table. */
import { known } from '../../options';
import {
  checkInsertOptions,
  INSERT_NAMES,
  type CheckedInsertOptions,
  type InsertOptions,
  type InsertResult,
} from './options';
import { insertAsTheyCome, insertAtOnce } from './connection';
import { insertOnPool } from './pool';
import { isPoolOrTransaction, type BulkTarget } from './target';
import { checkCsvForm, type CsvForm } from './csv-form';
import { CsvParser, type CsvRow } from './csv-parse';
import { checkTable, requireConnection } from './insert-many';
import { RowError } from './row-error';

/** How a CSV file is written, and how its rows are inserted. */
export interface ImportCsvOptions extends InsertOptions {
  /** Whether the first line has the names of the columns. Default true. */
  readonly header?: boolean | undefined;
  /** What stands between fields: one character. Default `,`. */
  readonly separator?: string | undefined;
  /** What stands around fields: one character. Default `"`. */
  readonly quote?: string | undefined;
  /** The unquoted field that stands for NULL. Default: the empty one. */
  readonly nullText?: string | undefined;
}

/** Pieces of the file: of a `ReadableStream`, a stream of Node, `file.stream()`, or an array with the whole text. */
export type CsvSource = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

interface Checked extends CsvForm {
  readonly header: boolean;
}

const CSV_NAMES = ['header', 'separator', 'quote', 'nullText'] as const;

/**
 * Inserts the rows of a CSV file, in UTF-8, into a table. Values are texts, of which the types of the columns make
 * numbers; an empty field is NULL unless it is quoted.
 *
 * @throws {RowError} which says the line.
 */
export async function importCsv(
  db: BulkTarget,
  table: string,
  source: CsvSource,
  options: ImportCsvOptions = {},
): Promise<InsertResult> {
  const { form, insert } = readOptions(options);
  checkTable(table);
  const isSource =
    typeof source === 'object' &&
    source !== null &&
    !ArrayBuffer.isView(source) &&
    (Symbol.iterator in source || Symbol.asyncIterator in source);
  if (!isSource) {
    throw new TypeError('Expected the source to be a stream or an iterable of its pieces, such as [text]');
  }
  if (!isPoolOrTransaction(db)) requireConnection(db);
  const rows = new CsvRows(form, insert.columns);
  // Known when the first row is there.
  const checked = Object.defineProperty({ ...insert, columnsFrom: rows.columnsFrom }, 'columns', {
    get: () => rows.columns,
  });
  const all = Symbol.iterator in source ? rows.of(source) : rows.ofStream(source);
  if (isPoolOrTransaction(db)) return insertOnPool(db, table, all, checked);
  if (Symbol.iterator in all) return insertAtOnce(db, table, all, checked);
  return insertAsTheyCome(db, table, all, checked);
}

/** The records of a source, without the header. */
class CsvRows {
  readonly columnsFrom: string;
  columns: readonly string[] | undefined;
  readonly #form: Checked;
  readonly #parser: CsvParser;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isFirst = true;
  #headerRead = false;
  /** Records that were read. */
  #count = 0;
  #line = 1;

  constructor(form: Checked, columns: readonly string[] | undefined) {
    this.#form = form;
    this.#parser = new CsvParser(form);
    this.columns = columns;
    this.columnsFrom = columns === undefined ? 'Wrong header' : 'Wrong "columns" option';
  }

  *of(source: Iterable<string | Uint8Array>): Generator<CsvRow, undefined> {
    for (const piece of source) yield* this.#wanted(this.#parser.push(this.#text(piece)));
    yield* this.#wanted(this.#last());
  }

  async *ofStream(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<CsvRow, undefined> {
    for await (const piece of source) yield* this.#wanted(this.#parser.push(this.#text(piece)));
    yield* this.#wanted(this.#last());
  }

  #last(): CsvRow[] {
    return [...this.#parser.push(this.#decode()), ...this.#parser.end()];
  }

  #text(piece: unknown): string {
    let text: string;
    if (typeof piece === 'string') text = piece;
    else if (ArrayBuffer.isView(piece)) text = this.#decode(piece as Uint8Array);
    else throw new TypeError('Expected the pieces of the source to be strings or bytes');
    // TextDecoder has passed over the mark of bytes.
    const isMarked = this.#isFirst && text.startsWith('\ufeff');
    if (text !== '') this.#isFirst = false;
    return isMarked ? text.slice(1) : text;
  }

  #decode(bytes?: Uint8Array): string {
    try {
      return bytes === undefined ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw new RowError('or one behind it is no UTF-8', this.#count, this.#line, { cause: error });
    }
  }

  *#wanted(rows: readonly CsvRow[]): Generator<CsvRow, undefined> {
    for (const row of rows) {
      this.#line = row.line + 1;
      // An empty line; where there is one column, that is a NULL.
      if (row.length === 1 && row[0] === null && this.columns?.length !== 1) continue;
      if (this.#form.header && !this.#headerRead) {
        this.#headerRead = true;
        this.columns ??= row.map((name) => name ?? '');
        continue;
      }
      this.#count += 1;
      yield row;
    }
  }
}

function readOptions(options: ImportCsvOptions): { form: Checked; insert: CheckedInsertOptions } {
  known(options, [...CSV_NAMES, ...INSERT_NAMES]);
  const { header, separator, quote, nullText, ...others } = options;
  if (header !== undefined && typeof header !== 'boolean') {
    throw new TypeError('Expected the "header" option to be a boolean');
  }
  const form = { header: header ?? true, ...checkCsvForm({ separator, quote, nullText }) };
  return { form, insert: checkInsertOptions(others, INSERT_NAMES) };
}
