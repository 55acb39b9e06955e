/** What is checked: a connection, or a pool. */
import { hasMoved } from '../../core';
import type { Deadline } from './deadline';
import { probe, READ, WRITE } from './probe';
import type { ProbeCheck } from './result';
import type { CheckedDatabase } from './subject';
import { pathOf } from '../subject-file';

/** What can be asked of a connection and of a pool alike. */
export interface Patient {
  readonly isOpen: boolean;
  readonly readonly: boolean;
  /** Undefined for a database without one. */
  path(): string | undefined;
  /** Whether another file has the name of the one that was opened; undefined when that cannot be told. */
  moved(): boolean | undefined;
  read(deadline: Deadline): Promise<ProbeCheck>;
  write(deadline: Deadline): Promise<ProbeCheck>;
  /** Of the library. */
  version(): Promise<string>;
}

/** A connection of whichever copy of the package, or of better-sqlite3. */
export class ConnectionPatient implements Patient {
  readonly #database: CheckedDatabase;

  constructor(database: CheckedDatabase) {
    this.#database = database;
  }

  get isOpen(): boolean {
    return this.#database.open;
  }

  get readonly(): boolean {
    return this.#database.readonly;
  }

  path(): string | undefined {
    return pathOf(this.#database);
  }

  moved(): boolean | undefined {
    return this.#database.open ? hasMoved(this.#database) : undefined;
  }

  read(deadline: Deadline): Promise<ProbeCheck> {
    return probe(this.#database, READ, deadline);
  }

  write(deadline: Deadline): Promise<ProbeCheck> {
    return probe(this.#database, WRITE, deadline);
  }

  async version(): Promise<string> {
    return String(this.#database.prepare('SELECT sqlite_version()').pluck().get());
  }
}
