// Counts what the addon holds for JavaScript: connections and statements that were opened and not given back.
import { closeSync, constants, openSync, readdirSync, readlinkSync } from 'node:fs';

export class Handles {
  #databases = new Set();
  #statements = new Set();

  /** @param addon - The addon's exports, before anything of the package has used them. */
  constructor(addon) {
    for (const name of Object.keys(addon).filter((each) => /^open[A-Z]/.test(each))) {
      watch(addon, name, (number) => {
        if (number >= 0) this.#databases.add(number);
      });
    }
    watch(addon, 'prepare', ({ number }) => {
      if (number >= 0) this.#statements.add(number);
    });
    watch(addon, 'releaseDatabase', (_, [number]) => this.#databases.delete(number));
    watch(addon, 'releaseStatement', (_, [number]) => this.#statements.delete(number));
  }

  get count() {
    return `${this.#databases.size} connections, ${this.#statements.size} statements`;
  }
}

function watch(addon, name, note) {
  const original = addon[name];
  addon[name] = (...args) => {
    const answer = original(...args);
    note(answer, args);
    return answer;
  };
}

/** How many files the process has open; undefined where the system does not say. */
export function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

/** Whether the process has this file open. Other threads open and close files meanwhile. */
export function isOpen(path) {
  try {
    return readdirSync('/proc/self/fd').some((number) => targetOf(number) === path);
  } catch {
    return false;
  }
}

function targetOf(number) {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return undefined;
  }
}

const READ_WRITE = constants.O_RDWR | constants.O_CREAT;

/** Files that stay open for databases that are opened from descriptors. */
export class OpenFiles {
  #pairs = [];
  #pathOf;

  /** @param pathOf - The path of pair number n. */
  constructor(pathOf) {
    this.#pathOf = pathOf;
  }

  /** One of two pairs. */
  pair(choose) {
    const number = choose.int(2);
    const path = this.#pathOf(number);
    this.#pairs[number] ??= {
      database: openSync(path, READ_WRITE),
      journal: openSync(`${path}-journal`, READ_WRITE),
    };
    return this.#pairs[number];
  }

  close() {
    for (const { database, journal } of this.#pairs.splice(0).filter(Boolean)) {
      closeSync(database);
      closeSync(journal);
    }
  }
}
