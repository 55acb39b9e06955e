/** The constructor of the package's root: it finds the addon of the platform it runs on. */
import { native } from '../this-platform';
import { databaseFor } from './database';
import type { Database as DatabaseType, DatabaseConstructor } from './types';

export type Database = DatabaseType;

/** The constructor of the package's root. */
export const Database: DatabaseConstructor = databaseFor({ load: native, allowsOption: true });
