import Database from 'ferrolite';

export const name = 'ferrolite';

export function open(path) {
  return new Database(path);
}
