import { KeyvSqlite } from '@resolid/keyv-sqlite';
import Keyv from 'keyv';

export const cache = new Keyv({ store: new KeyvSqlite({ uri: 'cache.db', enableWALMode: true }) });
