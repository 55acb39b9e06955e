/** What a command prints: for people or for programs, in colour or not, until nobody reads any more. */
import * as util from 'node:util';
import { bytes, cut, padded, widthOf } from './text';

/** What a colour means; the only ones that are used. */
export type Tone = 'good' | 'warning' | 'bad' | 'faint' | 'strong';

const COLOURS = { good: 'green', warning: 'yellow', bad: 'red', faint: 'dim', strong: 'bold' } as const;

/** Standard output, or a stand-in. */
export type Stream = NodeJS.WriteStream;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a stream gets colours: FORCE_COLOR decides, then NO_COLOR, then whether it is a terminal. */
export function wantsColour(stream: Stream, env: Environment = process.env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** A terminal whose cursor can be moved. */
export const isTerminal = (stream: Stream, env: Environment = process.env): boolean =>
  stream.isTTY === true && env['TERM'] !== 'dumb';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Standard output of a command. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stream: Stream;
  readonly #coloured: boolean;

  constructor({ json, quiet }: OutputOptions, stream: Stream = process.stdout) {
    this.json = json;
    this.quiet = quiet;
    this.stream = stream;
    this.#coloured = wantsColour(stream);
  }

  /** How many columns there are; as many as one likes where there is no terminal. */
  get columns(): number {
    return this.stream.isTTY === true && this.stream.columns > 0 ? this.stream.columns : Infinity;
  }

  /** A text in the colour of its meaning. */
  tone(tone: Tone, text: string): string {
    return this.#coloured ? coloured(tone, text) : text;
  }

  /** Prints, and waits while the reader is behind. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.stream.write(text)) return;
    await new Promise<void>((resolve) => this.stream.once('drain', resolve));
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /**
   * Prints a result: `value` for programs, the lines for people.
   *
   * @param isFine - With `--quiet` nothing is printed then.
   */
  async result(value: object, lines: readonly string[], isFine: boolean): Promise<void> {
    if (isFine && this.quiet) return;
    if (this.json) await this.line(jsonOf(value));
    else for (const line of lines) await this.line(line);
  }

  /** Rows of cells as lines that fit the terminal: the last column is cut. */
  rows(
    rows: readonly (readonly string[])[],
    tones: readonly (Tone | undefined)[] = [],
    indent = '',
  ): string[] {
    const widths = rows.reduce<number[]>(
      (all, row) => row.map((cell, column) => Math.max(all[column] ?? 0, widthOf(cell))),
      [],
    );
    return rows.map((row, index) => {
      const last = row.length - 1;
      const before = row.slice(0, last).map((cell, column) => padded(cell, widths[column]!));
      const start = indent + [...before, ''].join('  ');
      const end = cut(row[last] ?? '', Math.max(8, this.columns - widthOf(start)));
      const tone = tones[index];
      const line = `${start}${end}`.trimEnd();
      return tone === undefined ? line : this.tone(tone, line);
    });
  }
}

/** `styleText` is missing in the first versions of Node 20; those have no colours. */
const styleText = (util as { styleText?: typeof util.styleText }).styleText;

export function coloured(tone: Tone, text: string): string {
  return styleText === undefined ? text : styleText(COLOURS[tone], text, { validateStream: false });
}

/** JSON in one line. Integers that JavaScript would round are written whole, times in microseconds at most. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    return typeof inner === 'number' && key.endsWith('Ms') ? Math.round(inner * 1000) / 1000 : inner;
  });
}

/** Before and after, in bytes. */
export function sizes(before: number, after: number): string {
  return `${bytes(before)} before, ${bytes(after)} after`;
}
