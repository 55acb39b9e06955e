/** The open connections of this thread and realm to files, for diagnoses. */
import { dirname } from 'node:path';
import type { Connection } from './connection';

/** Where this package is: its own lines tell users nothing. */
const OWN = dirname(__dirname);

/**
 * Whether it is remembered where connections, transactions and iterators begin. As the environment is when this module
 * loads: asked for each time it would cost more than what it guards.
 */
export const REMEMBERS_ORIGINS = process.env['FERROLITE_DEBUG'] === '1';

/** Where and when something began. */
export class Origin {
  readonly since = performance.now();
  readonly stack: string;

  constructor() {
    const here = { stack: '' };
    Error.captureStackTrace(here);
    this.stack = here.stack
      .split('\n')
      .slice(1)
      .filter((line) => !line.includes(OWN) && !line.includes('(node:internal/'))
      .join('\n');
  }
}

const open = new Set<Connection>();

/** A connection to a file was opened. */
export function opened(connection: Connection): void {
  open.add(connection);
}

export function closed(connection: Connection): void {
  open.delete(connection);
}

/** Those that are open. */
export function openConnections(): readonly Connection[] {
  return [...open];
}
