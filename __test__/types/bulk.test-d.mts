// The types of bulk operations.
import { createReadStream } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import Database from 'ferrolite';
import {
  exportRows,
  importCsv,
  insertMany,
  insertManySync,
  type InsertResult,
  type RowError,
} from 'ferrolite/ops';
import type { Pool, Transaction } from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

test('bulk operations take connections, pools and transactions, and rows of every kind', () => {
  const db = new Database(':memory:');
  expectTypeOf(insertMany).toBeCallableWith(db, 't', [[1, 'a']]);
  expectTypeOf(insertMany).toBeCallableWith({} as BetterSqlite3.Database, 't', new Set([{ a: 1 }]));
  expectTypeOf(insertMany).toBeCallableWith({} as Pool, 't', {} as AsyncIterable<{ a: number }>);
  expectTypeOf(insertMany).toBeCallableWith({} as Transaction, 't', [], { onConflict: { target: ['a'] } });
  expectTypeOf(insertMany).returns.resolves.toEqualTypeOf<InsertResult>();
  expectTypeOf(insertManySync).returns.toEqualTypeOf<InsertResult>();
  expectTypeOf(importCsv).toBeCallableWith({} as Pool, 't', createReadStream('a.csv'), { separator: ';' });
  expectTypeOf(importCsv).toBeCallableWith({} as Pool, 't', ['a,b']);
  expectTypeOf(exportRows).toBeCallableWith({} as Pool, 'SELECT 1', { format: 'ndjson' });
  expectTypeOf(exportRows).toBeCallableWith(db, 'SELECT 1');
  expectTypeOf(exportRows).returns.toEqualTypeOf<ReadableStream<Uint8Array>>();
  expectTypeOf<RowError['row']>().toEqualTypeOf<number>();
  // @ts-expect-error A text is no rows.
  void insertMany(db, 't', 'rows');
  // @ts-expect-error There is no such way to handle a conflict.
  void insertMany(db, 't', [], { onConflict: 'update' });
  // @ts-expect-error There is no such format.
  exportRows(db, 'SELECT 1', { format: 'xml' });
});
