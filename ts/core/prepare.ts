/** Compiling: from SQL to a statement of the addon. */
import * as layout from '../batch/layout';
import type { Connection } from './connection';

const {
  OPERATION_PREPARE,
  PREPARED_NAMES,
  PREPARED_READONLY,
  WORD_BATCH_FLAGS,
  WORD_COLUMNS,
  WORD_OPERATION,
  WORD_PARAMETERS,
  WORD_STATEMENT,
  WORD_STATUS,
} = layout;

/** The names of the columns, joined by NUL, then that of each parameter. */
type Names = [columns: string, ...parameters: (string | null)[]];

/** A statement of the addon. */
export interface Prepared {
  /** Its number. */
  readonly number: number;
  /** Whether it returns data: it has at least one column. */
  readonly reader: boolean;
  /** Whether it writes nothing to the database. */
  readonly readonly: boolean;
  /** The names of its columns, joined by NUL. */
  readonly columnNames: string;
  /** How many parameters it has. */
  readonly parameters: number;
  /** Behind the first element the name of each parameter; absent when none has one. */
  readonly names: Names | undefined;
}

/** Compiles `sql`; throws what SQLite finds wrong with it. */
export function prepareNative({ channel, number }: Connection, sql: string): Prepared {
  const { words } = channel;
  words[WORD_STATEMENT] = number;
  words[WORD_OPERATION] = OPERATION_PREPARE;
  const value = channel.execute(sql);
  if (words[WORD_STATUS] !== 0) throw channel.takeError();
  const flags = words[WORD_BATCH_FLAGS]!;
  const names = (flags & PREPARED_NAMES) === 0 ? undefined : (value as Names);
  return {
    number: words[WORD_STATEMENT],
    reader: words[WORD_COLUMNS]! > 0,
    readonly: (flags & PREPARED_READONLY) !== 0,
    columnNames: names === undefined ? ((value as string | undefined) ?? '') : names[0],
    parameters: words[WORD_PARAMETERS]!,
    names,
  };
}
