/**
 * One differential case: something done with a driver, whose answer must be that of better-sqlite3.
 *
 * Nothing under `differential/` but the `.test.mts` files knows the test runner, because the same cases run on
 * runtimes that have none, and in the processes that record better-sqlite3's answers.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settledAnswerOf, type Description, type SettledAnswer } from '../../helpers/answer.mts';
import { driverOf, type Driver } from '../../helpers/driver.mts';

export interface CaseDriver extends Driver {
  /** A file from which `createRequire(home)(name)` gives this driver: for workers and child processes. */
  readonly home: string;
}

/** Returns what is to be compared, or throws it; may be asynchronous. */
export type CaseBody = (driver: CaseDriver) => unknown;

/** The cases of a topic by name. A topic is a file of this folder that exports `cases`. */
export type Cases = Readonly<Record<string, CaseBody>>;

/** What a driver is loaded from. */
export interface DriverSource {
  readonly name: Driver['name'];
  readonly constructor: unknown;
  readonly home: string;
}

/** A topic as its file exports it. */
export interface Topic {
  readonly cases: Cases;
  /** Cases in which better-sqlite3 uses freed memory: what they give differs from run to run. */
  readonly unsteady?: (name: string) => boolean;
}

/** Recorded instead of an answer, for what ends the process of better-sqlite3, or does so now and then. */
export const DIES = 'the process dies';
export const HANGS = 'the process hangs';
export const UNSTEADY = 'the process dies, hangs or goes on';
export type RecordedAnswer = SettledAnswer | typeof DIES | typeof HANGS | typeof UNSTEADY;

/** Runs cases with one driver, each with files of its own that are gone afterwards. */
export class CaseRunner {
  readonly #source: DriverSource;
  readonly #root = mkdtempSync(join(realpathSync(tmpdir()), 'ferrolite-case-'));
  #runs = 0;

  constructor(source: DriverSource) {
    this.#source = source;
  }

  async run(body: CaseBody): Promise<SettledAnswer> {
    this.#runs += 1;
    const root = join(this.#root, String(this.#runs));
    let folders = 0;
    const { name, constructor, home } = this.#source;
    const driver = driverOf(name, constructor, () => {
      folders += 1;
      const folder = join(root, String(folders));
      mkdirSync(folder, { recursive: true });
      return folder;
    });
    const answer = await settledAnswerOf(() => body({ ...driver, home }));
    if (folders > 0) rmSync(root, { recursive: true, force: true });
    // What was collected is finalized in a turn of the event loop of its own.
    await new Promise((resolve) => setImmediate(resolve));
    return withoutPath(answer, root) as SettledAnswer;
  }

  end(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** The answer with the folder of the case, which differs from run to run, called `<temp>`. */
function withoutPath(description: Description, root: string): Description {
  if (typeof description === 'string') return description.replaceAll(root, '<temp>');
  if (Array.isArray(description)) return description.map((each) => withoutPath(each, root));
  return Object.fromEntries(
    Object.entries(description).map(([key, value]) => [key, withoutPath(value, root)]),
  );
}

/** A case for each of many named values. */
export function forEachValue(
  values: readonly (readonly [name: string, value: unknown])[],
  fact: string,
  body: (driver: CaseDriver, value: unknown) => unknown,
): Cases {
  return Object.fromEntries(
    values.map(([name, value]): [string, CaseBody] => [`${name} ${fact}`, (driver) => body(driver, value)]),
  );
}
