/** A few lines of a terminal that are drawn again and again. */
import type { Stream } from './output';
import { cut, widthOf } from './text';

export class Live {
  readonly #stream: Stream;
  #drawn = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Draws lines in the place of those before, cut to the size of the terminal: a line that wraps would be two. */
  draw(lines: readonly string[]): void {
    const columns = this.#stream.columns || 80;
    const shown = lines
      .slice(0, Math.max(1, (this.#stream.rows || 24) - 1))
      .map((line) => fitted(line, columns));
    // Up, and empty from there to the end.
    const back = this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A\u001B[J`;
    this.#drawn = shown.length;
    this.#stream.write(`${back}${shown.join('\n')}\n`);
  }
}

/** What is too long loses its colours with its end. */
function fitted(line: string, columns: number): string {
  const bare = line.replaceAll(COLOUR, '');
  return widthOf(bare) <= columns ? line : cut(bare, columns);
}

// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001B\[\d+m/g;
const LEVELS = [...'▁▂▃▄▅▆▇█'];

/** Numbers as a row of bars, the largest of which is full. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((number) => LEVELS[Math.round((number / most) * (LEVELS.length - 1))]).join('');
}
