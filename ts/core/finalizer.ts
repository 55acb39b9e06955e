/** The end of statements: by collection of their objects, or by hand. */
import { inspect } from 'node:util';
import type { Connection } from './connection';

/** What is left to do for a statement whose object is gone. */
export interface Remains {
  readonly connection: Connection;
  /** The addon's number of the statement. */
  readonly number: number;
  /** Whether it could write while rows are iterated: it returns data and writes. */
  readonly writesRows: boolean;
}

/** Finalizes a statement whose object was collected. */
const collected = new FinalizationRegistry<Remains>((remains) => {
  try {
    finalize(remains);
  } catch (error) {
    // A virtual table's generator has thrown while it was ended, and nobody waits for it.
    process.emitWarning(error instanceof Error ? error : inspect(error));
  }
});

/** Finalizes a statement. */
export function finalize({ connection, number, writesRows }: Remains): void {
  if (writesRows) connection.removeRowWriter();
  connection.channel.native.releaseStatement(number);
}

/** Counts a statement, and finalizes it when `statement` is collected. */
export function finalizeWith(statement: object, remains: Remains, byHand: boolean): void {
  if (remains.writesRows) remains.connection.addRowWriter();
  if (!byHand) collected.register(statement, remains);
}

const NOT_BLANK = /[^\s;]/g;
const PRAGMA = /pragma\b/iy;

/**
 * Whether a statement that returns data and is not read-only can change rows. Many pragmas count as writing; none of
 * them changes rows.
 */
export function changesRows(sql: string): boolean {
  PRAGMA.lastIndex = firstToken(sql);
  return !PRAGMA.test(sql);
}

/** Where the first statement begins: behind blanks and comments, which may be longer than a pattern can follow. */
function firstToken(sql: string): number {
  for (let at = 0; ;) {
    NOT_BLANK.lastIndex = at;
    at = NOT_BLANK.exec(sql)?.index ?? sql.length;
    const isLine = sql.startsWith('--', at);
    if (!isLine && !sql.startsWith('/*', at)) return at;
    const end = isLine ? sql.indexOf('\n', at) : sql.indexOf('*/', at + 2);
    if (end < 0) return sql.length;
    at = isLine ? end : end + 2;
  }
}
