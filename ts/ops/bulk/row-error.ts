/** What is wrong with one row of many. */
import { FerroliteError } from '../../errors';

/** A row could not be read, or SQLite has refused it. In the latter case `cause` is SQLite's error. */
export class RowError extends FerroliteError {
  /** Counted from 0, in the order in which the rows were given. */
  readonly row: number;
  /** Of a CSV file: the line in which the row begins, counted from 1. */
  readonly line: number | undefined;

  constructor(reason: string, row: number, line: number | undefined, options?: ErrorOptions) {
    const where = line === undefined ? `The row at index ${row}` : `The row at line ${line}`;
    super(`${where} ${reason}`, 'FERROLITE_ROW', options);
    this.row = row;
    this.line = line;
  }
}
Object.defineProperty(RowError.prototype, 'name', {
  value: 'RowError',
  enumerable: false,
  configurable: true,
  writable: true,
});
