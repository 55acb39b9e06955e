import Database from 'ferrolite';

export { raw, pluck, safeIntegers, define } from './modes.mjs';

export function open(path) {
  return new Database(path);
}
