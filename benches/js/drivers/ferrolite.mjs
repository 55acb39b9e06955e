import Database from 'ferrolite';

export function open(path) {
  return new Database(path);
}
