// Tells whether two drivers give the same answer, whatever they add to it.
import { createHash } from 'node:crypto';

/** What is not data: libsql adds `_metadata` to the row of a get(). JSON has no bigints. */
function plain(key, value) {
  if (key === '_metadata') return undefined;
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** The same for equal answers, and for no others. */
export const digest = (answer) => createHash('sha256').update(JSON.stringify(answer, plain)).digest('hex');
