/** The rows of events: each pool numbers the shapes that they have. */
import { EXPAND, RAW, type BatchValue } from '../batch/decode';
import { expandedShape, expandRow, type ExpandedShape } from '../batch/expand';
import * as layout from '../batch/layout';
import type { Shape } from '../batch/shape';
import type { Channel } from '../native';
import type { Rows } from './options';

const { BATCH_FORGET_SHAPES, BATCH_SHAPE, WORD_BATCH_FLAGS, WORD_COLUMNS, WORD_ROWS, WORD_SHAPE } = layout;

interface KnownShape {
  readonly shape: Shape;
  readonly expanded: ExpandedShape | undefined;
}

/** Reads the batches that a pool's events have left in the channel. Runs no code of the user. */
export class RowReader {
  readonly #channel: Channel;
  readonly #shapes = new Map<number, KnownShape>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The rows of the batch just delivered. */
  decode(value: BatchValue, wanted: Rows | undefined): unknown[] {
    const { words, decoder } = this.#channel;
    const flags = words[WORD_BATCH_FLAGS]!;
    const number = words[WORD_SHAPE]!;
    let batch = value;
    if ((flags & BATCH_SHAPE) !== 0) {
      const [rows, told] = value as [BatchValue, [string, ...(string | null)[]]];
      batch = rows;
      if ((flags & BATCH_FORGET_SHAPES) !== 0) this.#shapes.clear();
      const [names, ...tables] = told;
      const expanded = tables.length > 0 ? expandedShape(names, tables) : undefined;
      this.#shapes.set(number, { shape: decoder.shapeOf(names), expanded });
    }
    const rows: unknown[] = [];
    const known = this.#shapes.get(number);
    if (known !== undefined) wanted?.columns?.(known.shape.names);
    if (wanted === undefined || words[WORD_ROWS] === 0 || known === undefined) return rows;
    const { mode, safeIntegers } = wanted;
    if (mode !== EXPAND) {
      decoder.all(batch, known.shape, mode, safeIntegers, rows);
      return rows;
    }
    decoder.all(batch, undefined, RAW, safeIntegers, rows);
    return rows.map((row) => expandRow(known.expanded!, row as unknown[]));
  }

  /** The arguments of a function: the one row. */
  argumentsOf(value: BatchValue, bigints: boolean): unknown[] {
    const { words, decoder } = this.#channel;
    if (words[WORD_COLUMNS] === 0) return [];
    const rows: unknown[] = [];
    decoder.all(value, undefined, RAW, bigints, rows);
    return rows[0] as unknown[];
  }
}
