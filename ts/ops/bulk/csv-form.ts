/** How values are written between commas. */

export interface CsvForm {
  /** One character. */
  readonly separator: string;
  /** One character. */
  readonly quote: string;
  /** What stands for NULL, unquoted. */
  readonly nullText: string;
}

/** @throws {TypeError} for what could not be told apart when it is read. */
export function checkCsvForm(form: {
  readonly separator: unknown;
  readonly quote: unknown;
  readonly nullText: unknown;
}): CsvForm {
  const { separator = ',', quote = '"', nullText = '' } = form;
  if (!isCharacter(separator)) {
    throw new TypeError('Expected the "separator" option to be one character that ends no line');
  }
  if (!isCharacter(quote) || quote === separator) {
    throw new TypeError('Expected the "quote" option to be one character that is not the separator');
  }
  if (typeof nullText !== 'string' || needsQuotes(nullText, separator, quote)) {
    throw new TypeError('Expected the "nullText" option to be a string that needs no quotes');
  }
  return { separator, quote, nullText };
}

/** Whether a text has a character that means something else unless it stands in quotes. */
export function needsQuotes(text: string, separator: string, quote: string): boolean {
  return text.includes(separator) || text.includes(quote) || text.includes('\n') || text.includes('\r');
}

const isCharacter = (value: unknown): value is string =>
  typeof value === 'string' && value.length === 1 && value !== '\n' && value !== '\r';
