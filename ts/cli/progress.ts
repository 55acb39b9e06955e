/** How far long work has come: a line on a terminal that is written over, and nothing elsewhere. */
import { isTerminal, type Stream } from './output';
import { bytes, counted, cut, duration } from './text';

export interface Step {
  readonly done: number;
  /** Undefined where it is not known. */
  readonly total: number | undefined;
  readonly unit: string;
  /** What is being worked on. */
  readonly object?: string | undefined;
  readonly elapsedMs: number;
  /** The thread is busy until the next step: this one is shown at once. */
  readonly isBlocking?: boolean | undefined;
}

const BAR = 24;
/** Work that ends sooner shows nothing. */
const SHOWN_AFTER_MS = 300;
const CLEAR = '\r\u001B[K';

export class Progress {
  readonly #stream: Stream;
  readonly #enabled: boolean;
  #isShown = false;

  constructor(stream: Stream = process.stderr) {
    this.#stream = stream;
    this.#enabled = isTerminal(stream);
  }

  /** Shows a step; made to be `onProgress`. */
  readonly show = (label: string, step: Step): void => {
    if (!this.#enabled || (step.isBlocking !== true && step.elapsedMs < SHOWN_AFTER_MS)) return;
    const line = cut(lineOf(label, step), Math.max(20, (this.#stream.columns || 80) - 1));
    this.#isShown = true;
    this.#stream.write(CLEAR + line);
  };

  /** Takes the line away. */
  clear(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#stream.write(CLEAR);
  }
}

/** One line: `vacuum [=====>   ] 42 % of 1.2 GiB, 3.1 s`. */
export function lineOf(label: string, { done, total, unit, object, elapsedMs }: Step): string {
  const time = duration(elapsedMs);
  const name = object === undefined ? '' : ` ${object}`;
  const amount = (count: number): string =>
    unit === 'bytes' ? bytes(count) : counted(count, unit.replace(/s$/, ''));
  if (total === undefined || total === 0)
    return `${label}${name}: ${done > 0 ? `${amount(done)}, ` : ''}${time}`;
  const part = Math.min(1, done / total);
  const filled = Math.round(part * BAR);
  const bar = `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}]`;
  return `${label} ${bar} ${Math.floor(part * 100)} % of ${amount(total)}, ${time}${name}`;
}
