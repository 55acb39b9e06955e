/**
 * Runs every case with one driver and compares it with the recorded answers: for runtimes on which Vitest or
 * better-sqlite3 cannot run. Started by `__test__/runtime/cases.cjs`, from the compiled files.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { CaseRunner, type DriverSource, type RecordedAnswer } from './case.mts';
import {
  caseId,
  deliberateAnswer,
  differingCases,
  exceptionsOf,
  recordedAnswers,
  runtimeAnswer,
  thisRuntime,
} from './expectations.mts';
import { loadTopic, topicNames } from './topics.mts';

interface Failure {
  readonly id: string;
  readonly problem: string;
  readonly expected?: RecordedAnswer | undefined;
  readonly given?: RecordedAnswer;
}

export interface Options {
  readonly source: DriverSource;
  readonly topics?: readonly string[];
  /** A file that names the case that runs, for whoever finds the process dead. */
  readonly progress: number;
  /** The file for the failures, with the whole answers. */
  readonly failures: string;
}

class Run {
  readonly failures: Failure[] = [];
  passed = 0;
  deadly = 0;
  listed = 0;
  readonly #options: Options;
  readonly #runtime = thisRuntime();
  readonly #isOurs: boolean;
  readonly #runner: CaseRunner;

  constructor(options: Options) {
    this.#options = options;
    this.#isOurs = options.source.name === 'ferrolite';
    this.#runner = new CaseRunner(options.source);
  }

  async topic(topic: string): Promise<void> {
    const { cases } = await loadTopic(topic);
    const recorded = recordedAnswers(topic);
    const before = { passed: this.passed, listed: this.listed, failed: this.failures.length };
    for (const [name, body] of Object.entries(cases)) {
      const id = caseId(topic, name);
      // Only better-sqlite3 does not survive its own answer.
      if (!this.#isOurs && typeof recorded[name] === 'string') {
        this.deadly += 1;
        continue;
      }
      writeSync(this.#options.progress, `${id}\n`);
      this.#judge(id, recorded[name], await this.#runner.run(body));
    }
    const counts = [
      `${this.passed - before.passed} passed`,
      `${this.failures.length - before.failed} failed`,
    ];
    const listed = this.listed - before.listed;
    console.log(`${topic}: ${counts.join(', ')}${listed > 0 ? `, ${listed} of them otherwise here` : ''}`);
  }

  #judge(id: string, answer: RecordedAnswer | undefined, given: RecordedAnswer): void {
    const expected = (this.#isOurs ? deliberateAnswer(id) : undefined) ?? answer;
    const here = runtimeAnswer(this.#runtime, id);
    if (this.#isOurs && differingCases.has(id) && isDeepStrictEqual(expected, answer)) {
      this.#fail({ id, problem: 'is listed as a difference and is none' });
      return;
    }
    if (here !== undefined && isDeepStrictEqual(given, expected)) {
      this.#fail({ id, problem: 'is listed as an exception of this runtime and is none' });
    } else if (isDeepStrictEqual(given, here ?? expected)) {
      this.passed += 1;
      if (here !== undefined) this.listed += 1;
    } else {
      this.#fail({ id, problem: 'has another answer', expected: here ?? expected, given });
    }
  }

  #fail(failure: Failure): void {
    this.failures.push(failure);
    console.log(`failed ${failure.id} ${failure.problem}`);
    for (const key of ['expected', 'given'] as const) {
      if (failure[key] !== undefined) console.log(`  ${key.padEnd(8)} ${JSON.stringify(failure[key])}`);
    }
  }

  /** What is listed without being a case is a failure too. */
  checkLists(ids: ReadonlySet<string>): void {
    const excepted = exceptionsOf(this.#runtime).flatMap(({ answers }) => Object.keys(answers));
    for (const id of [...excepted, ...differingCases]) {
      if (!ids.has(id)) this.#fail({ id, problem: 'is on a list and is no case' });
    }
  }

  end(): void {
    this.#runner.end();
  }
}

/** Prints what happened, last a line that counts it, and gives the exit code. */
export async function runOnThisRuntime(options: Options): Promise<number> {
  const run = new Run(options);
  const ids = new Set<string>();
  for (const topic of options.topics ?? topicNames) await run.topic(topic);
  for (const topic of topicNames) {
    for (const name of Object.keys((await loadTopic(topic)).cases)) ids.add(caseId(topic, name));
  }
  run.checkLists(ids);
  run.end();
  writeFileSync(options.failures, JSON.stringify(run.failures, null, 1));
  const { passed, failures, deadly } = run;
  const skipped = deadly > 0 ? `, ${deadly} skipped` : '';
  console.log(`${passed} passed, ${failures.length} failed${skipped}`);
  return failures.length > 0 ? 1 : 0;
}
