/** Which columns of a table are inserted into, and how their values are read from a row. */
import { FerroliteError } from '../../errors';
import type { CheckedInsertOptions } from './options';

/** Asks for the columns of a table; parameters are its name and its schema. */
export const COLUMNS_SQL = 'SELECT name, hidden FROM pragma_table_xinfo(?, ?)';

export interface TableColumn {
  readonly name: string;
  /** 2 and 3 are computed columns. */
  readonly hidden: number;
}

/** A row that is an array or an object. */
export type Row = readonly unknown[] | object;

/** Every table that is not WITHOUT ROWID has this one. */
const ROWID = new Set(['rowid', '_rowid_', 'oid']);

/** The table as SQLite knows it. */
export class Table {
  readonly name: string;
  readonly schema: string;
  readonly #columns: readonly TableColumn[];

  /** @throws {FerroliteError} if there is no such table. */
  constructor(name: string, schema: string, columns: readonly TableColumn[]) {
    if (columns.length === 0) {
      throw new FerroliteError(`There is no table "${name}" in the schema "${schema}"`, 'FERROLITE_NO_TABLE');
    }
    this.name = name;
    this.schema = schema;
    this.#columns = columns;
  }

  /** Those that a row can have a value for, where nobody names any. */
  get insertable(): string[] {
    return this.#columns.filter(({ hidden }) => hidden === 0).map(({ name }) => name);
  }

  /** What is wrong with inserting into a column; undefined if nothing is. */
  faultOf(column: string): string | undefined {
    const wanted = column.toLowerCase();
    const found = this.#columns.find(({ name }) => name.toLowerCase() === wanted);
    if (found === undefined) {
      if (ROWID.has(wanted)) return undefined;
      return `"${column}" is no column of "${this.name}" (its columns are ${this.insertable.join(', ')})`;
    }
    if (found.hidden < 2) return undefined;
    return `"${column}" of "${this.name}" is a generated column, which cannot be inserted into`;
  }
}

/** What is wrong with a row, to be completed by where it stands. */
export class Fault {
  readonly reason: string;
  readonly cause: unknown;

  constructor(reason: string, cause?: unknown) {
    this.reason = reason;
    this.cause = cause;
  }
}

/** Takes the values of rows. */
export interface Values {
  /** How many it was given. */
  readonly added: number;
  /** @throws for a value that cannot be stored. */
  add(value: unknown): void;
}

/** Reads rows that all have the form of the first one. */
export class RowReader {
  readonly columns: readonly string[];
  readonly #arrays: boolean;
  /** Whether rows may have properties that are no columns. */
  readonly #picks: boolean;

  /** @throws {Fault | TypeError} */
  constructor(first: unknown, table: Table, options: CheckedInsertOptions) {
    const { columns, columnsFrom = 'Wrong "columns" option' } = options;
    this.#arrays = Array.isArray(first);
    this.#picks = columns !== undefined;
    this.columns = columns ?? (this.#arrays ? table.insertable : namesOf(first));
    for (const [position, column] of this.columns.entries()) {
      const fault = table.faultOf(column);
      if (fault !== undefined) {
        if (columns === undefined) throw new Fault(`has a wrong property: ${fault}`);
        throw new TypeError(`${columnsFrom}: ${fault}`);
      }
      if (this.columns.indexOf(column) !== position) {
        throw new TypeError(`${columnsFrom}: "${column}" is named twice`);
      }
    }
  }

  /**
   * Gives each value to `values`, in the order of the columns.
   *
   * @throws {Fault} for a row of another form, and for a value that cannot be stored.
   */
  read(row: unknown, values: Values): void {
    try {
      if (this.#arrays) this.#readArray(row, values);
      else if (this.#picks) this.#pick(objectOf(row), values);
      else this.#readObject(objectOf(row), values);
    } catch (error) {
      if (error instanceof Fault) throw error;
      const column = this.columns[values.added % this.columns.length]!;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Fault(`has a wrong value for the column "${column}": ${reason}`, error);
    }
  }

  #readArray(row: unknown, values: Values): void {
    if (!Array.isArray(row)) throw new Fault('is no array, as the first row is');
    const { columns } = this;
    if (row.length !== columns.length) {
      throw new Fault(`has ${row.length} values for ${columns.length} columns (${columns.join(', ')})`);
    }
    for (let position = 0; position < columns.length; position += 1) {
      values.add(row[position]);
    }
  }

  #readObject(row: Record<string, unknown>, values: Values): void {
    const { columns } = this;
    let position = 0;
    // Rows are usually made in one place: then their properties stand in one order, and nothing is looked up.
    for (const name in row) {
      if (name !== columns[position]) return this.#readUnordered(row, position, values);
      values.add(row[name]);
      position += 1;
    }
    if (position < columns.length) throw missing(columns[position]!);
  }

  /** The rest of a row with the properties in another order. */
  #readUnordered(row: Record<string, unknown>, from: number, values: Values): void {
    const extra = Object.keys(row).find((name) => !this.columns.includes(name));
    if (extra !== undefined) {
      throw new Fault(`has the property "${extra}", which the first row does not have`);
    }
    this.#pick(row, values, from);
  }

  #pick(row: Record<string, unknown>, values: Values, from = 0): void {
    const { columns } = this;
    for (let position = from; position < columns.length; position += 1) {
      const name = columns[position]!;
      const value = row[name];
      if (value === undefined && !(name in row)) throw missing(name);
      values.add(value);
    }
  }
}

function namesOf(row: unknown): string[] {
  const names = Object.keys(objectOf(row));
  if (names.length === 0) throw new Fault('has no properties');
  return names;
}

function objectOf(row: unknown): Record<string, unknown> {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new Fault('is no object, as rows that are no arrays must be');
  }
  return row as Record<string, unknown>;
}

const missing = (column: string): Fault => new Fault(`has no value for the column "${column}"`);
