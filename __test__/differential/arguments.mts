/** Every argument and every option of the interface, with what may be given for it by mistake. */
import { attempt, attemptAsync } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { forEachValue, type CaseDriver, type Cases } from './harness/case.mts';
import { oddValues } from './harness/values.mts';

type OnDatabase = (db: Database, value: unknown, driver: CaseDriver) => unknown;

const on = (fact: string, body: OnDatabase): Cases =>
  forEachValue(oddValues, fact, (driver, value) => {
    const db = driver.memory('CREATE TABLE t (a)');
    return [attempt(() => body(db, value, driver)), attempt(() => db.prepare('SELECT 1').pluck().get())];
  });

const onAsync = (fact: string, body: OnDatabase): Cases =>
  forEachValue(oddValues, fact, async (driver, value) => {
    const db = driver.memory('CREATE TABLE t (a)');
    return [await attemptAsync(() => body(db, value, driver)), db.open];
  });

/** For files that cannot be loaded, the error of the system has more than a code: its text and paths. */
function codeOf(load: () => unknown): unknown {
  try {
    return load();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    return (error as { code?: unknown }).code;
  }
}

function* noRows(): Generator {}

const step = (sum: unknown): unknown => sum;

const functionOptions = ['safeIntegers', 'deterministic', 'directOnly', 'varargs'];
const aggregateOptions = ['start', 'step', 'inverse', 'result', ...functionOptions];
const tableOptions = ['rows', 'columns', 'parameters', 'safeIntegers', 'directOnly'];
const openOptions = ['readonly', 'fileMustExist', 'timeout', 'verbose', 'nativeBinding', 'journalFd'];

const optionCases = (
  names: readonly string[],
  what: string,
  body: (db: Database, options: object) => unknown,
): Cases =>
  Object.assign(
    {},
    ...names.map((name) =>
      on(`as the option ${name} of ${what}`, (db, value) => body(db, { [name]: value })),
    ),
  );

const statementMethods = ['pluck', 'expand', 'raw', 'safeIntegers'] as const;

export const cases: Cases = {
  ...on('as the SQL of prepare()', (db, value) => db.prepare(value)),
  ...on('as the SQL of exec()', (db, value) => db.exec(value)),
  ...on('as the SQL of explain()', (db, value) => db.explain(value)),
  ...on('as the source of pragma()', (db, value) => db.pragma(value)),
  ...on('as the options of pragma()', (db, value) => db.pragma('user_version', value)),
  ...on('as the option simple of pragma()', (db, value) => db.pragma('user_version', { simple: value })),
  ...on('as the function of transaction()', (db, value) => db.transaction(value)),
  ...on('as the name of function()', (db, value) => db.function(value, step)),
  ...on('as the only arguments of function()', (db, value) => db.function('f', value)),
  ...on('as the options of function()', (db, value) => db.function('f', value, step)),
  ...on('as the last argument of function()', (db, value) => db.function('f', {}, value)),
  ...on('as an argument behind the function', (db, value) => db.function('f', {}, step, value)),
  ...optionCases(functionOptions, 'function()', (db, options) => db.function('f', options, step)),
  ...on('as the name of aggregate()', (db, value) => db.aggregate(value, { step })),
  ...on('as the options of aggregate()', (db, value) => db.aggregate('f', value)),
  ...optionCases(aggregateOptions, 'aggregate()', (db, options) => db.aggregate('f', { step, ...options })),
  ...on('as the name of table()', (db, value) => db.table(value, { columns: ['a'], rows: noRows })),
  ...on('as the definition of table()', (db, value) => db.table('m', value)),
  ...optionCases(tableOptions, 'table()', (db, options) =>
    db.table('m', { columns: ['a'], rows: noRows, ...options }),
  ),
  ...on('as the definition from a factory', (db, value) => {
    db.table('m', () => value);
    return db.exec('CREATE VIRTUAL TABLE v USING m');
  }),
  ...on('as a column of table()', (db, value) => db.table('m', { columns: ['a', value], rows: noRows })),
  ...on('as a parameter of table()', (db, value) =>
    db.table('m', { columns: ['a'], parameters: ['b', value], rows: noRows }),
  ),
  ...on('as a row of a table', (db, value) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield value;
      },
    });
    return db.prepare('SELECT * FROM m').all();
  }),
  ...on('as the path of loadExtension()', (db, value) => codeOf(() => db.loadExtension(value))),
  ...on('as the entry point of loadExtension()', (db, value) =>
    codeOf(() => db.loadExtension('/nowhere/x', value)),
  ),
  ...on('as the options of serialize()', (db, value) => db.serialize(value).length),
  ...on('as the option attached of serialize()', (db, value) => db.serialize({ attached: value }).length),
  ...onAsync('as the options of backup()', (db, value, { path }) => db.backup(path(), value)),
  ...onAsync('as the option attached of backup()', (db, value, { path }) =>
    db.backup(path(), { attached: value }),
  ),
  ...onAsync('as the option progress of backup()', (db, value, { path }) =>
    db.backup(path(), { progress: value }),
  ),
  ...onAsync('as the result of progress', (db, value, { path }) => {
    let calls = 0;
    return db.backup(path(), {
      progress: () => {
        calls += 1;
        return calls === 1 ? value : 100;
      },
    });
  }),
  ...on('for defaultSafeIntegers()', (db, value) => [
    db.defaultSafeIntegers(value) === db,
    db.prepare('SELECT 1').pluck().get(),
  ]),
  ...on('for unsafeMode()', (db, value) => db.unsafeMode(value) === db),
  ...on('for close()', (db, value) => db.close(value).open),
  ...Object.assign(
    {},
    ...statementMethods.map((method) =>
      on(`for ${method}() of a statement`, (db, value) => db.prepare('SELECT 1 AS a')[method](value).all()),
    ),
  ),
  ...on('for columns() of a statement', (db, value) =>
    (db.prepare('SELECT 1 AS a').columns as (...args: unknown[]) => unknown)(value),
  ),
  ...on('for return() of an iterator', (db, value) => db.prepare('SELECT 1').iterate().return(value)),
  ...on('as the options of new Database()', (_, value, { Database }) => new Database('', value).memory),
  ...Object.assign(
    {},
    ...openOptions.map((name) =>
      on(`as the option ${name} of new Database()`, (_, value, { Database, path }) => [
        attempt(() => codeOf(() => new Database(':memory:', { [name]: value }).open)),
        name === 'readonly' || name === 'fileMustExist'
          ? attempt(() => new Database(path(), { [name]: value }).open)
          : 'in memory',
      ]),
    ),
  ),
  ...forEachValue(
    oddValues.filter(([, value]) => value !== 'text'),
    'as the file of new Database()',
    ({ Database }, value) => new Database(value).name,
  ),
  // The text of a function depends on who compiled it.
  ...on('as the message of a SqliteError', (_, value, { SqliteError }) =>
    typeof value === 'function' ? 'has its text' : new SqliteError(value, 'SQLITE_X'),
  ),
  ...on('as the code of a SqliteError', (_, value, { SqliteError }) => new SqliteError('message', value)),
};
