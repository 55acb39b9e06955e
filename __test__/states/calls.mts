/** Every call of the interface, as one of the two sides of the table of states. */
import { inspect } from 'node:util';
import { attemptAsync } from '../helpers/answer.mts';
import type { Context } from './context.mts';

export type Call = (context: Context) => unknown;

const databaseCalls: Record<string, Call> = {
  prepare: ({ db }) => db.prepare('SELECT 5 AS five').get(),
  'prepare of nothing': ({ db }) => db.prepare(''),
  'prepare alone': ({ db }) => db.prepare('SELECT 5 AS five').reader,
  'prepare without arguments': ({ db }) => db.prepare(),
  exec: ({ db }) => db.exec('INSERT INTO t VALUES (4)').open,
  'exec of nothing': ({ db }) => db.exec('').open,
  'exec without arguments': ({ db }) => db.exec(),
  'exec BEGIN': ({ db }) => db.exec('BEGIN').inTransaction,
  'exec COMMIT': ({ db }) => db.exec('COMMIT').inTransaction,
  'exec ROLLBACK': ({ db }) => db.exec('ROLLBACK').inTransaction,
  pragma: ({ db }) => db.pragma('user_version'),
  'pragma simple': ({ db }) => db.pragma('user_version', { simple: true }),
  'pragma that writes': ({ db }) => [db.pragma('user_version = 3'), db.pragma('user_version')],
  'pragma without arguments': ({ db }) => db.pragma(),
  explain: ({ db }) => db.explain('SELECT a FROM t').length > 3,
  'explain QUERY PLAN': ({ db }) => db.explain('QUERY PLAN SELECT a FROM t WHERE a = ?'),
  'explain without arguments': ({ db }) => db.explain(),
  function: ({ db }) => db.function('two', () => 2).open,
  'function and its use': ({ db }) =>
    db
      .function('two', () => 2)
      .prepare('SELECT two() AS a')
      .get(),
  'function with a wrong option': ({ db }) => db.function('two', { varargs: 1 }, () => 2),
  aggregate: ({ db }) => db.aggregate('total2', { start: 0, step: (sum: number, x: number) => sum + x }).open,
  'aggregate and its use': ({ db }) =>
    db
      .aggregate('total2', { start: 0, step: (sum: number, x: number) => sum + x })
      .prepare('SELECT total2(column1) AS a FROM (VALUES (1), (2))')
      .get(),
  'aggregate without a step': ({ db }) => db.aggregate('total2', {}),
  table: ({ db }) => db.table('one', { columns: ['a'], rows: oneRow }).open,
  'table and its use': ({ db }) =>
    db
      .table('one', { columns: ['a'], rows: oneRow })
      .prepare('SELECT * FROM one')
      .all(),
  'table of a module': ({ db }) => db.table('one', () => ({ columns: ['a'], rows: oneRow })).open,
  'table without columns': ({ db }) => db.table('one', { rows: oneRow }),
  'loadExtension of a missing file': ({ db }) => db.loadExtension('/nowhere/missing.so'),
  'loadExtension without arguments': ({ db }) => db.loadExtension(),
  serialize: ({ db }) => db.serialize().length,
  'serialize with wrong options': ({ db }) => db.serialize(5),
  backup: ({ db, driver, promises }) => {
    promises.push(attemptAsync(() => db.backup(driver.path())));
    return 'promised';
  },
  'backup without arguments': ({ db, promises }) => {
    promises.push(attemptAsync(() => db.backup()));
    return 'promised';
  },
  'defaultSafeIntegers alone': ({ db }) => db.defaultSafeIntegers() === db,
  'defaultSafeIntegers and a statement': ({ db }) =>
    db.defaultSafeIntegers().prepare('SELECT 5 AS five').get(),
  'defaultSafeIntegers of a number': ({ db }) => db.defaultSafeIntegers(1),
  'unsafeMode alone': ({ db }) => db.unsafeMode() === db,
  'unsafeMode and exec': ({ db }) => db.unsafeMode().exec('INSERT INTO t VALUES (6)').open,
  'unsafeMode off': ({ db }) => db.unsafeMode(false) === db,
  'unsafeMode of a number': ({ db }) => db.unsafeMode(1),
  close: ({ db }) => db.close().open,
  'close twice': ({ db }) => db.close().close().open,
  properties: ({ db }) => [db.open, db.inTransaction, db.readonly],
  'inspect the database': ({ db }) => inspect(db, { depth: 0 }).includes(`open: ${db.open}`),
};

function* oneRow(): Generator {
  yield [1];
}

const transactionCalls: Record<string, Call> = {
  'transaction()': ({ db }) => typeof db.transaction(() => 1),
  'transaction() of nothing': ({ db }) => db.transaction(),
  'transaction() and a call': ({ db }) => db.transaction(() => db.inTransaction)(),
  'transaction call': ({ transaction }) => transaction(),
  'transaction.deferred call': ({ transaction }) => transaction.deferred(),
  'transaction.immediate call': ({ transaction }) => transaction.immediate(),
  'transaction.exclusive call': ({ transaction }) => transaction.exclusive(),
  'transaction call that throws': ({ db }) =>
    db.transaction(() => {
      throw new RangeError('thrown by the function');
    })(),
  'transaction.database': ({ transaction, db }) => transaction.database === db,
};

const statementCalls: Record<string, Call> = {
  'reader.run': ({ reader }) => reader.run(),
  'reader.get': ({ reader }) => reader.get(),
  'reader.all': ({ reader }) => reader.all(),
  'reader.iterate': ({ reader }) => [...reader.iterate()],
  'reader.iterate abandoned': ({ reader }) => reader.iterate().next(),
  'reader.iterate not started': ({ reader }) => reader.iterate().statement === reader,
  'reader.bind': ({ reader }) => reader.bind().get(),
  'reader.pluck': ({ reader }) => reader.pluck().get(),
  'reader.pluck alone': ({ reader }) => reader.pluck() === reader,
  'reader.pluck of a number': ({ reader }) => reader.pluck(1),
  'reader.expand': ({ reader }) => reader.expand().get(),
  'reader.expand alone': ({ reader }) => reader.expand() === reader,
  'reader.raw': ({ reader }) => reader.raw().all(),
  'reader.raw alone': ({ reader }) => reader.raw() === reader,
  'reader.safeIntegers': ({ reader }) => reader.safeIntegers().get(),
  'reader.safeIntegers alone': ({ reader }) => reader.safeIntegers() === reader,
  'reader.columns': ({ reader }) => reader.columns(),
  'reader.toString': ({ reader }) => reader.toString(),
  'reader properties': ({ reader, db }) => [
    reader.reader,
    reader.readonly,
    reader.source,
    reader.busy,
    reader.database === db,
  ],
  'reader.get of too many': ({ reader }) => reader.get(1),
  'inspect a statement': ({ reader }) => inspect(reader, { depth: 0 }),
  'writer.run': ({ writer }) => writer.run(),
  'writer.get': ({ writer }) => writer.get(),
  'writer.all': ({ writer }) => writer.all(),
  'writer.iterate': ({ writer }) => writer.iterate(),
  'writer.bind': ({ writer }) => writer.bind().run(),
  'writer.bind alone': ({ writer }) => writer.bind() === writer,
  'writer.safeIntegers': ({ writer }) => writer.safeIntegers() === writer,
  'writer.pluck': ({ writer }) => writer.pluck(),
  'writer.expand': ({ writer }) => writer.expand(),
  'writer.raw': ({ writer }) => writer.raw(),
  'writer.columns': ({ writer }) => writer.columns(),
  'writer.toString': ({ writer }) => writer.toString(),
  'returning.run': ({ returning }) => returning.run(),
  'returning.get': ({ returning }) => returning.get(),
  'returning.all': ({ returning }) => returning.all(),
  'returning.iterate': ({ returning }) => [...returning.iterate()],
  'returning.columns': ({ returning }) => returning.columns(),
  'parameterised.get': ({ parameterised }) => parameterised.get({ a: 1n, b: 'x' }),
  'parameterised.get of too few': ({ parameterised }) => parameterised.get({ a: 1 }),
  'parameterised.get of a wrong value': ({ parameterised }) => parameterised.get({ a: 1, b: true }),
  'parameterised.run': ({ parameterised }) => parameterised.run({ a: 1n, b: 'x' }),
  'parameterised.bind': ({ parameterised }) => parameterised.bind({ a: 1n, b: 'x' }).get(),
  'parameterised.bind and toString': ({ parameterised }) => parameterised.bind({ a: 1n, b: 'x' }).toString(),
  'parameterised.iterate': ({ parameterised }) => [...parameterised.iterate({ a: 1n, b: 'x' })],
};

const iteratorCalls: Record<string, Call> = {
  'rows.next': ({ rows }) => rows.next(),
  'rows.next to the end': ({ rows }) => [rows.next(), rows.next(), rows.next()],
  'rows.return': ({ rows }) => rows.return(),
  'rows.return and exec': ({ rows, db }) => [rows.return(), db.exec('INSERT INTO t VALUES (5)').open],
  'rows in a loop': ({ rows }) => [...rows],
  'rows.statement': ({ rows, db }) => [rows.statement.busy, rows.statement.database === db],
};

export const calls: Readonly<Record<string, Call>> = {
  ...databaseCalls,
  ...transactionCalls,
  ...statementCalls,
  ...iteratorCalls,
};
