/**
 * Comma-separated values, as RFC 4180 has them: the one format of which every library is many times as long.
 *
 * Text comes in pieces of any size, and a field may span several. What is malformed is an error: a reader that guesses
 * puts half of a file into one field.
 */
import type { CsvForm } from './csv-form';
import { RowError } from './row-error';

/** One record; unquoted fields that stand for NULL are null. */
export interface CsvRow extends Array<string | null> {
  /** Where it begins, counted from 1. */
  line: number;
}

const LF = 10;
const CR = 13;

/** Where the parser stands. */
const AT_START = 0;
const IN_PLAIN = 1;
const IN_QUOTED = 2;
/** Behind a quote within a quoted field: its end, or the first of two. */
const AFTER_QUOTE = 3;
/** Behind a carriage return. */
const AFTER_CR = 4;

export class CsvParser {
  readonly #quote: string;
  readonly #quoteCode: number;
  readonly #separatorCode: number;
  readonly #nullText: string;
  #state: typeof AT_START | typeof IN_PLAIN | typeof IN_QUOTED | typeof AFTER_QUOTE | typeof AFTER_CR =
    AT_START;
  #value = '';
  #row: CsvRow = newRow(1);
  #line = 1;
  #rows: CsvRow[] = [];
  #count = 0;

  constructor({ separator, quote, nullText }: CsvForm) {
    this.#quote = quote;
    this.#quoteCode = quote.charCodeAt(0);
    this.#separatorCode = separator.charCodeAt(0);
    this.#nullText = nullText;
  }

  /** The records that end in `text`. */
  push(text: string): CsvRow[] {
    let at = 0;
    while (at < text.length) {
      switch (this.#state) {
        case AT_START:
          if (text.charCodeAt(at) === this.#quoteCode) {
            this.#state = IN_QUOTED;
            at += 1;
          } else {
            this.#state = IN_PLAIN;
          }
          break;
        case IN_PLAIN:
          at = this.#plain(text, at);
          break;
        case IN_QUOTED:
          at = this.#quoted(text, at);
          break;
        case AFTER_QUOTE:
          at = this.#afterQuote(text, at);
          break;
        default:
          if (text.charCodeAt(at) === LF) at += 1;
          this.#endRow();
      }
    }
    return this.#take();
  }

  /** The last record, if no end of line follows it. */
  end(): CsvRow[] {
    if (this.#state === IN_QUOTED) throw this.#error('has a quoted field without an end');
    if (this.#state === AFTER_CR) this.#endRow();
    else if (this.#state !== AT_START || this.#row.length > 0) {
      this.#endField(this.#state === AFTER_QUOTE);
      this.#endRow();
    }
    return this.#take();
  }

  #take(): CsvRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #plain(text: string, start: number): number {
    let at = start;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === this.#separatorCode || code === LF || code === CR) {
        this.#value += text.slice(start, at);
        this.#endField(false);
        return this.#delimiter(code, at);
      }
      if (code === this.#quoteCode)
        throw this.#error('has a quote within a field that does not begin with one');
    }
    this.#value += text.slice(start);
    return at;
  }

  #quoted(text: string, start: number): number {
    const end = text.indexOf(this.#quote, start);
    const part = text.slice(start, end < 0 ? undefined : end);
    this.#value += part;
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) this.#line += 1;
    if (end < 0) return text.length;
    this.#state = AFTER_QUOTE;
    return end + 1;
  }

  #afterQuote(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (code === this.#quoteCode) {
      this.#value += this.#quote;
      this.#state = IN_QUOTED;
      return at + 1;
    }
    if (code !== this.#separatorCode && code !== LF && code !== CR) {
      throw this.#error('has text behind the end of a quoted field');
    }
    this.#endField(true);
    return this.#delimiter(code, at);
  }

  /** Goes past what ends a field. */
  #delimiter(code: number, at: number): number {
    if (code === LF) this.#endRow();
    else this.#state = code === CR ? AFTER_CR : AT_START;
    return at + 1;
  }

  #endField(isQuoted: boolean): void {
    this.#row.push(!isQuoted && this.#value === this.#nullText ? null : this.#value);
    this.#value = '';
    this.#state = AT_START;
  }

  #endRow(): void {
    this.#rows.push(this.#row);
    this.#count += 1;
    this.#line += 1;
    this.#row = newRow(this.#line);
    this.#state = AT_START;
  }

  #error(reason: string): RowError {
    return new RowError(reason, this.#count, this.#row.line);
  }
}

function newRow(line: number): CsvRow {
  const row = [] as unknown as CsvRow;
  row.line = line;
  return row;
}
