/** Rows of a query for people: a table that fits the terminal, or a row below the other where it cannot. */
import type { Output } from './output';
import type { RowWriter } from './rows';
import { counted, cut, padded, printable, widthOf } from './text';

/** So many rows decide how wide columns are; a table that ends sooner is exact. */
const SAMPLE = 500;
/** Bytes of a blob, and columns of a text, that are shown where there is no end of the line. */
const SHOWN_BYTES = 16;
/** What a column is not made narrower than. */
const NARROWEST = 8;
const GAP = '  ';

interface Cell {
  readonly text: string;
  readonly isNumber: boolean;
  readonly isNull: boolean;
}

export class TableWriter implements RowWriter {
  readonly #output: Output;
  readonly #names: readonly string[];
  #waiting: Cell[][] = [];
  #layout: Layout | undefined;
  #count = 0;

  constructor(output: Output, names: readonly string[]) {
    this.#output = output;
    this.#names = names.map(printable);
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  async row(cells: readonly unknown[]): Promise<void> {
    this.#count += 1;
    this.#waiting.push(cells.map(cellOf));
    if (this.#waiting.length >= SAMPLE) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#output.line(this.#output.tone('faint', counted(this.#count, 'row')));
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    const first = this.#count - rows.length;
    const lines: string[] = [];
    if (this.#layout === undefined) {
      this.#layout = layoutFor(this.#names, rows, this.#output);
      if (rows.length > 0) lines.push(...this.#layout.head());
    }
    for (const [index, row] of rows.entries()) lines.push(...this.#layout.row(row, first + index));
    if (lines.length > 0) await this.#output.write(`${lines.join('\n')}\n`);
  }
}

interface Layout {
  head(): string[];
  row(cells: readonly Cell[], index: number): string[];
}

function layoutFor(names: readonly string[], rows: readonly (readonly Cell[])[], output: Output): Layout {
  const wanted = names.map((name, column) =>
    Math.max(widthOf(name), ...rows.map((row) => widthOf(row[column]!.text))),
  );
  const gaps = GAP.length * (names.length - 1);
  const widths = fitted(wanted, output.columns - gaps);
  if (widths === undefined) return below(names, output);
  const toTheRight = names.map((_, column) => {
    const cells = rows.map((row) => row[column]!).filter(({ isNull }) => !isNull);
    return cells.length > 0 && cells.every(({ isNumber }) => isNumber);
  });
  return beside(names, widths, toTheRight, output);
}

/** Widths of which the widest were made narrower until all fit; undefined where that leaves too little. */
function fitted(wanted: readonly number[], available: number): number[] | undefined {
  const least = wanted.reduce((sum, width) => sum + Math.min(width, NARROWEST), 0);
  if (least > available) return undefined;
  let limit = Math.max(0, ...wanted);
  const sumFor = (most: number): number => wanted.reduce((sum, width) => sum + Math.min(width, most), 0);
  if (Number.isFinite(available)) while (sumFor(limit) > available) limit--;
  return wanted.map((width) => Math.min(width, limit));
}

function beside(
  names: readonly string[],
  widths: readonly number[],
  toTheRight: readonly boolean[],
  output: Output,
): Layout {
  const isCut = Number.isFinite(output.columns);
  const line = (texts: readonly string[], style: (column: number, text: string) => string): string =>
    texts
      .map((text, column) => {
        const width = widths[column]!;
        const isLast = column === texts.length - 1 && !toTheRight[column];
        const shown = isCut ? cut(text, width) : text;
        return style(column, isLast ? shown : padded(shown, width, toTheRight[column]));
      })
      .join(GAP);
  return {
    head: () => [
      line(names, (_, text) => output.tone('strong', text)),
      widths.map((width) => '-'.repeat(width)).join(GAP),
    ],
    row: (cells) => [
      line(
        cells.map(({ text }) => text),
        (column, text) => (cells[column]!.isNull ? output.tone('faint', text) : text),
      ),
    ],
  };
}

/** A line for each column. */
function below(names: readonly string[], output: Output): Layout {
  const width = Math.max(...names.map(widthOf));
  const room = Math.max(NARROWEST, output.columns - width - GAP.length);
  return {
    head: () => [],
    row: (cells, index) => [
      output.tone('faint', `-- row ${index + 1}`),
      ...cells.map(({ text, isNull }, column) => {
        const value = cut(text, room);
        const name = output.tone('strong', padded(names[column]!, width));
        return `${name}${GAP}${isNull ? output.tone('faint', value) : value}`;
      }),
    ],
  };
}

function cellOf(value: unknown): Cell {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return { text: textOf(value), isNumber, isNull: value === null };
}

function textOf(value: unknown): string {
  if (value === null) return 'NULL';
  if (!(value instanceof Uint8Array)) return printable(String(value));
  const start = Buffer.from(value.subarray(0, SHOWN_BYTES)).toString('hex');
  return value.length <= SHOWN_BYTES ? `x'${start}'` : `x'${start}…' (${counted(value.length, 'byte')})`;
}
