import Database from 'libsql';

export { raw, pluck, safeIntegers } from './modes.mjs';

/** Its `function()` throws "not implemented". */
export const lacks = { define: 'has no functions of the user' };

export function open(path) {
  return new Database(path);
}
