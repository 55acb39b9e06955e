/** `db.table()`: virtual tables. */
import { ended, registered, storable } from './callbacks';
import type { Connection } from './connection';
import { checkTable, declarationOf, isDeclarable } from './table-definition';
import type { CheckedTable } from './table-definition';

/** A scan of a table. The addon holds it between the calls. */
interface Iteration {
  readonly rows: Iterator<unknown>;
  readonly columns: readonly string[];
  /** What is wrong with values of the current row, by the position of the column. */
  readonly refused: Map<number, unknown>;
}

/** Stands for a value that SQLite cannot store: an error only where the column is read. */
const REFUSED = Symbol('refused');

/** The last number of a module. */
let lastModule = 0;

type Factory = (this: unknown, ...args: string[]) => unknown;

/** Registers a module of virtual tables, or, given a definition, the one table of that name. */
export function registerTable(connection: Connection, name: unknown, given: unknown): void {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (name === '') throw new TypeError('Virtual table module name cannot be an empty string');
  if (typeof given !== 'function' && (typeof given !== 'object' || given === null)) {
    throw new TypeError('Expected second argument to be a function or a table definition object');
  }
  const definition = typeof given === 'function' ? undefined : checkTable(given, name, 'used');
  if (name.includes('\0')) throw new TypeError('Virtual table module name cannot contain a null byte');
  connection.requireOpen();
  connection.requireNoIterators();
  const define = (args: readonly string[], by: Factory): CheckedTable =>
    checkTable(makeDefinition(name, by, args), name, 'returned');
  const { connect, open, next, close } = callbacksOf(
    connection,
    name,
    (args) => definition ?? define(args, given as Factory),
  );
  const { native } = connection.channel;
  const eponymous = definition !== undefined;
  const module = (lastModule += 1);
  const answer = native.createModule(connection.number, name, module, eponymous, connect, open, next, close);
  // Under a name of their own: tables of a module that is replaced go on using the old one.
  registered(connection, answer, nameOf(module), [connect, open, next, close]);
  ended(connection, native.takeEndedModules(connection.number).map(nameOf));
}

/** What the callbacks of a module are kept as. */
function nameOf(module: number): string {
  return `table ${module}`;
}

function makeDefinition(
  name: string,
  factory: Factory,
  [module, database, table, ...args]: readonly string[],
): object {
  const definition = Reflect.apply(factory, { module, database, table }, args);
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeError(`Virtual table module "${name}" did not return a table definition object`);
  }
  return definition;
}

/** The functions that the addon calls for a module. */
interface ModuleCallbacks {
  /** Connects a table and describes it; `released` are the numbers of tables that are gone. */
  readonly connect: (released: readonly number[], ...names: string[]) => readonly unknown[];
  /** Begins a scan. */
  readonly open: (number: number, ...parameters: unknown[]) => Iteration;
  /**
   * The next row as an array of values that travel; undefined at the end. With a column, throws what is wrong
   * with its value in the current row.
   */
  readonly next: (iteration: Iteration, column?: number) => readonly unknown[] | undefined;
  /** Ends a scan before its end. */
  readonly close: (iteration: Iteration) => void;
}

function callbacksOf(
  connection: Connection,
  name: string,
  definitionFor: (names: readonly string[]) => CheckedTable,
): ModuleCallbacks {
  const tables = new Map<number, CheckedTable>();
  let last = 0;
  return {
    connect: (released, ...names) =>
      connection.callBack(() => {
        for (const number of released) tables.delete(number);
        const table = definitionFor(names);
        tables.set(++last, table);
        return [
          last,
          declarationOf(table),
          table.parameters.map((parameter) => `${parameter}\0`).join(''),
          Number(table.directOnly),
          // What is not said is decided when the table is connected.
          Number(table.safeIntegers ?? connection.safeIntegers),
          Number(isDeclarable(table)),
        ];
      }),
    open: (number, ...parameters) =>
      connection.callBack(() => {
        const { rows, columns } = tables.get(number)!;
        const made = Reflect.apply(rows, undefined, parameters);
        return { rows: made[Symbol.iterator](), columns, refused: new Map() };
      }),
    next: (iteration, column) => {
      if (column !== undefined) throw iteration.refused.get(column);
      return connection.callBack(() => nextRow(iteration, name));
    },
    close: ({ rows }) => {
      connection.callBack(() => rows.return?.());
    },
  };
}

function nextRow({ rows, columns, refused }: Iteration, name: string): readonly unknown[] | undefined {
  const { done, value } = rows.next();
  if (done === true) return undefined;
  if (refused.size > 0) refused.clear();
  const who = `Virtual table module "${name}" yielded`;
  const cells = cellsOf(value, columns, who);
  return cells.map((cell, column) => {
    try {
      return storable(cell, who);
    } catch (error) {
      refused.set(column, error);
      return REFUSED;
    }
  });
}

/** The values of a row in the order of the columns. */
function cellsOf(row: unknown, columns: readonly string[], who: string): unknown[] {
  if (Array.isArray(row)) {
    if (row.length !== columns.length) {
      throw new TypeError(`${who} a row with an incorrect number of columns`);
    }
    return Array.from<unknown>(row);
  }
  if (typeof row !== 'object' || row === null) {
    throw new TypeError(`${who} something that isn't a valid row object`);
  }
  const keys = Object.keys(row);
  const stranger = keys.find((key) => !columns.includes(key));
  if (stranger !== undefined) throw new TypeError(`${who} a row with an undeclared column "${stranger}"`);
  if (keys.length < columns.length) throw new TypeError(`${who} a row with missing columns`);
  return columns.map((column) => (row as Record<string, unknown>)[column]);
}
