/** Texts that fit a terminal: their width, numbers with units. */

/** Scripts and symbols that take two columns. */
const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|^[\u{1F1E6}-\u{1F1FF}\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]|\uFE0F/u;
/** What is shown as two, and what could move the cursor or change colours. */
const CONTROL = /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;
const PLAIN = /^[\u0020-\u007E]*$/;

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

let segmenter: Intl.Segmenter | undefined;

function letters(text: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The columns that a text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return letters(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
}

/** A text of at most so many columns; what is cut ends with an ellipsis. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const letter of letters(text)) {
    width += WIDE.test(letter) ? 2 : 1;
    if (width > columns - 1) break;
    kept += letter;
  }
  return `${kept}…`;
}

/** A text of exactly so many columns, if it is not longer. */
export function padded(text: string, columns: number, toTheRight = false): string {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return toTheRight ? space + text : text + space;
}

/** A text in one line that a terminal only shows: what is stored in a database must not command it. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    return ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Lines of at most so many columns, cut between words. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** `4,096 bytes`, `1.4 MiB`. */
export function bytes(count: number): string {
  if (count < 10_240) return `${grouped(count)} bytes`;
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** `12,345`. */
export const grouped = (count: number | bigint): string => count.toLocaleString('en-US');

/** `1 page`, `12 pages`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** `4 ms`, `1.2 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
