/** Entries of the package whose addon is known beforehand. */
import { SqliteError } from '../errors';
import type { NativeBinding } from '../native';
import { databaseFor } from './database';
import type { DatabaseConstructor } from './types';

/** A `Database` of its own, bound to what `load` gives; with the `SqliteError` of all entries. */
export function entryFor(load: () => NativeBinding): DatabaseConstructor {
  const Database = databaseFor({ load, allowsOption: false });
  Object.defineProperty(Database, 'SqliteError', {
    value: SqliteError,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return Database;
}
