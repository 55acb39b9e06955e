// The texts of bulk operations in docs/errors.md, each with a call that gives it.
import Database from 'ferrolite';
import { exportRows, importCsv, insertMany, insertManySync } from 'ferrolite/ops';

/** Wrong calls on purpose. */
const loose = insertMany as (...args: any[]) => Promise<unknown>;
const csv = importCsv as (...args: any[]) => Promise<unknown>;
const rows = exportRows as (...args: any[]) => unknown;

const table = (): Database.Database => new Database(':memory:').exec('CREATE TABLE t (a, b)');
const insert = (options: object): Promise<unknown> => loose(table(), 't', [], options);

async function* later(): AsyncGenerator<[number, number]> {
  yield [1, 2];
}

export const bulkCalls: Readonly<Record<string, () => unknown>> = {
  FERROLITE_ROW: () => insertMany(table(), 't', [[1, 2], [1]]),
  FERROLITE_NO_TABLE: () => insertMany(table(), 'none', [[1]]),
  'Wrong "columns" option: <reason>': () => loose(table(), 't', [[1]], { columns: ['c'] }),
  'Wrong header: <reason>': () => importCsv(table(), 't', ['a,c\n1,2\n']),
  'Rows of an async iterable need the option "transactionRows" on a connection, because other code would run inside of one transaction for all; or a pool':
    () => insertMany(table(), 't', later()),
  'Transactions of "transactionRows" cannot be made inside of another transaction': () =>
    insertManySync(table().exec('BEGIN'), 't', [], { transactionRows: 1 }),
  'Expected first argument to be a connection or a pool': () => loose(5, 't', []),
  'Expected the name of the table to be a string': () => loose(table(), 5, []),
  'Expected the rows to be an iterable or async iterable': () => loose(table(), 't', 'rows'),
  'Expected the rows to be an iterable': () => insertManySync(table(), 't', later() as never),
  'Expected the source to be a stream or an iterable of its pieces, such as [text]': () =>
    csv(table(), 't', 'a,b'),
  'Expected the pieces of the source to be strings or bytes': () => csv(table(), 't', [5]),
  'Expected the options to be an object': () => insert(5 as never),
  'Expected the "schema" option to be a string': () => insert({ schema: 5 }),
  'Expected the "columns" option to be an array of at least one name': () => insert({ columns: [] }),
  'Expected the "returning" option to be "*" or an array of at least one name': () =>
    insert({ returning: 'a' }),
  'Expected the "onConflict" option to be "ignore", "replace" or an object with a "target"': () =>
    insert({ onConflict: 'update' }),
  'Expected the "signal" option to be an AbortSignal': () => insert({ signal: 5 }),
  'Expected the "separator" option to be one character that ends no line': () =>
    rows(table(), 'SELECT 1', { separator: '' }),
  'Expected the "quote" option to be one character that is not the separator': () =>
    rows(table(), 'SELECT 1', { quote: ',' }),
  'Expected the "nullText" option to be a string that needs no quotes': () =>
    rows(table(), 'SELECT 1', { nullText: 'a,b' }),
  'Expected the "format" option to be "csv" or "ndjson"': () => rows(table(), 'SELECT 1', { format: 'xml' }),
  'Expected the "lineEnd" option to be CRLF or LF': () => rows(table(), 'SELECT 1', { lineEnd: ' ' }),
  'Expected the "blobs" option to be "base64" or "hex"': () => rows(table(), 'SELECT 1', { blobs: 'utf8' }),
};
