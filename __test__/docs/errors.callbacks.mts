/** Calls that throw the texts about callbacks in docs/errors.md. */
import Database from 'ferrolite';

const memory = (): any => new Database(':memory:');
const step = (): number => 1;
/** A function whose `length` is as given. */
const ofLength = (length: number): unknown => Object.defineProperty(() => 1, 'length', { value: length });

function* rows(): Generator<unknown[]> {
  yield [1];
}
/** Reads a table whose definition is complete but for `definition`. */
const table = (definition: object): unknown =>
  memory()
    .table('t', { columns: ['a'], rows, ...definition })
    .prepare('SELECT * FROM t')
    .all();
/** Reads a table that yields `row`. */
const yielding = (row: unknown): unknown =>
  table({
    *rows() {
      yield row;
    },
  });
/** Calls a function that returns `value`. */
const returning = (value: unknown): unknown =>
  memory()
    .function('f', () => value)
    .prepare('SELECT f()')
    .get();

const namedTable = 'Virtual table module "<name>"';
const usedTable = `${namedTable} <used or returned> a table definition`;

export const callbackCalls: Readonly<Record<string, () => unknown>> = {
  'Expected last argument to be a function': () => memory().function('f', {}),
  'User-defined function name cannot be an empty string': () => memory().function('', step),
  'User-defined function name cannot contain a null byte': () => memory().function('a\0', step),
  'User-defined function name cannot be longer than 255 bytes': () =>
    memory().function('f'.repeat(256), step),
  'Expected function.length to be a positive integer': () => memory().function('f', ofLength(-1)),
  'User-defined functions cannot have more than 100 arguments': () => memory().function('f', ofLength(101)),
  'Missing required option "step"': () => memory().aggregate('a', {}),
  'Expected the "<name>" option to be a function': () => memory().aggregate('a', { step, result: 1 }),
  'User-defined function <name>() returned an invalid value': () => returning(true),
  'User-defined function <name>() returned a bigint that was too big': () => returning(2n ** 64n),
  'Virtual table module name cannot be an empty string': () => memory().table('', { columns: ['a'], rows }),
  'Virtual table module name cannot contain a null byte': () =>
    memory().table('a\0', { columns: ['a'], rows }),
  'Expected second argument to be a function or a table definition object': () => memory().table('t', 5),
  [`${namedTable} did not return a table definition object`]: () =>
    memory()
      .table('t', () => 5)
      .exec('CREATE VIRTUAL TABLE v USING t'),
  [`${usedTable} without a "<name>" property`]: () => memory().table('t', { rows }),
  [`${usedTable} with an invalid "<name>" property (should be <what>)`]: () => table({ columns: 'a' }),
  [`${usedTable} with duplicate <kind> names`]: () => table({ columns: ['a', 'a'] }),
  [`${usedTable} with zero columns`]: () => table({ columns: [] }),
  [`${usedTable} with more than the maximum number of 32 parameters`]: () =>
    table({ parameters: Array.from({ length: 33 }, (_, index) => `p${index}`) }),
  [`${usedTable} with column "<name>" which was ambiguously defined as both a column and parameter`]: () =>
    table({ parameters: ['a'] }),
  [`${namedTable} yielded something that isn't a valid row object`]: () => yielding(5),
  [`${namedTable} yielded a row with an incorrect number of columns`]: () => yielding([]),
  [`${namedTable} yielded a row with an undeclared column "<name>"`]: () => yielding({ b: 1 }),
  [`${namedTable} yielded a row with missing columns`]: () => yielding({}),
  [`${namedTable} yielded an invalid value`]: () => yielding([true]),
  [`${namedTable} yielded a bigint that was too big`]: () => yielding([2n ** 64n]),
  'Cannot load an extension because its path or entry point contains a null byte': () =>
    memory().loadExtension('a\0'),
};
