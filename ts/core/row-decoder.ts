/** From what an execution delivered to the rows that users see, in each of the row modes. */
import { EXPAND, FLAT, PLUCK, RAW } from '../batch/decode';
import type { BatchValue, Mode, RowMode } from '../batch/decode';
import { expandedShape, expandRow } from '../batch/expand';
import type { ExpandedShape } from '../batch/expand';
import { BATCH_REPREPARED, WORD_BATCH_FLAGS } from '../batch/layout';
import type { Shape } from '../batch/shape';
import type { Channel } from '../native';

export { EXPAND, FLAT, PLUCK, RAW };
export type { Mode };

/** Decodes the rows of one statement. To be called before anything else uses the channel. */
export class RowDecoder {
  readonly #channel: Channel;
  /** The addon's number of the statement. */
  readonly #statement: number;
  /** The names of its columns, joined by NUL. */
  #names: string;
  #shape: Shape | undefined;
  #expandedShape: ExpandedShape | undefined;

  /** @param names - The names of its columns, joined by NUL. */
  constructor(channel: Channel, statement: number, names: string) {
    this.#channel = channel;
    this.#statement = statement;
    this.#names = names;
  }

  /** The only row that was delivered. */
  first(value: BatchValue, mode: Mode, safeIntegers: boolean): unknown {
    const channel = this.#channel;
    if (mode !== EXPAND) return channel.decoder.first(value, this.#shapeFor(mode), mode, safeIntegers);
    const shape = this.#expandedShapeNow();
    return expandRow(shape, channel.decoder.first(value, undefined, RAW, safeIntegers) as unknown[]);
  }

  /** Appends the rows that were delivered to `rows`. */
  all(value: BatchValue, mode: Mode, safeIntegers: boolean, rows: unknown[]): void {
    const channel = this.#channel;
    if (mode !== EXPAND) {
      channel.decoder.all(value, this.#shapeFor(mode), mode, safeIntegers, rows);
      return;
    }
    const shape = this.#expandedShapeNow();
    const arrays: unknown[][] = [];
    channel.decoder.all(value, undefined, RAW, safeIntegers, arrays);
    for (const array of arrays) rows.push(expandRow(shape, array));
  }

  /** Whether SQLite has compiled the statement again since its columns were asked for. */
  get #isOutdated(): boolean {
    return (this.#channel.words[WORD_BATCH_FLAGS]! & BATCH_REPREPARED) !== 0;
  }

  /** The shape of the rows just delivered; only objects have one. */
  #shapeFor(mode: RowMode): Shape | undefined {
    if (mode !== FLAT) return undefined;
    if (this.#isOutdated) this.#describe();
    this.#shape ??= this.#channel.decoder.shapeOf(this.#names);
    return this.#shape;
  }

  #expandedShapeNow(): ExpandedShape {
    if (this.#isOutdated) this.#describe();
    if (this.#expandedShape === undefined) {
      const tables = this.#channel.native.columnTables(this.#statement);
      if (tables === null) throw this.#channel.takeError();
      this.#expandedShape = expandedShape(this.#names, tables);
    }
    return this.#expandedShape;
  }

  /** Asks for the columns anew, which then count as described for both shapes. */
  #describe(): void {
    const names = this.#channel.native.columnNames(this.#statement);
    if (names === null) throw this.#channel.takeError();
    this.#names = names;
    this.#shape = undefined;
    this.#expandedShape = undefined;
  }
}
