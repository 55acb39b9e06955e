import Database from 'better-sqlite3';

export { raw, pluck, safeIntegers, define } from './modes.mjs';

// better-sqlite3 13 uses Node-API 10 without asking for it: where it is missing, the process crashes.
const NODE_API = 10;

export function open(path) {
  if (Number(process.versions.napi) < NODE_API) {
    throw new Error(`better-sqlite3 13 needs Node 22.14 or newer, this is ${process.version}`);
  }
  return new Database(path);
}
