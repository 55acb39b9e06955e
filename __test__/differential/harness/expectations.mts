/**
 * What each case must give: better-sqlite3's recorded answer, unless a committed list says otherwise.
 *
 * Three lists may: `fixtures/differences.mts` (ours is deliberately another), `fixtures/runtimes.json` (this
 * runtime has another JavaScript engine) and `fixtures/pending.json` (ours does not have that part at all).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caseDifferences } from '../../fixtures/differences.mts';
import type { RecordedAnswer } from './case.mts';

/** Compiled cases lie elsewhere; the fixtures do not. */
function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
const fixtures = join(projectRoot, '__test__', 'fixtures');

function readFixture<Content>(name: string, missing: Content): Content {
  const file = join(fixtures, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Content) : missing;
}

export type Answers = Readonly<Record<string, RecordedAnswer>>;

/** Cases whose answer depends on the runtime for one reason, each with what the runtime gives. */
export interface RuntimeException {
  readonly reason: string;
  readonly answers: Answers;
}

export const answersFile = (topic: string): string => join(fixtures, 'answers', `${topic}.json`);

/** better-sqlite3's answers on Node 24 to the cases of a topic. */
export const recordedAnswers = (topic: string): Answers => readFixture(join('answers', `${topic}.json`), {});

/** The runtime this process is, as `scripts/lib/runtimes.mjs` calls it. */
export function thisRuntime(): string {
  if (process.versions['bun'] !== undefined) return 'bun';
  if (process.versions['deno'] !== undefined) return 'deno';
  return `node${process.versions.node.split('.')[0]}`;
}

export const caseId = (topic: string, name: string): string => `${topic}: ${name}`;

const runtimes = readFixture<Readonly<Record<string, readonly RuntimeException[]>>>('runtimes.json', {});
const pendingPatterns = readFixture<readonly string[]>('pending.json', []);

export const exceptionsOf = (runtime: string): readonly RuntimeException[] => runtimes[runtime] ?? [];

/** What a runtime gives instead of the recorded answer, when that is on the list. */
export function runtimeAnswer(runtime: string, id: string): RecordedAnswer | undefined {
  return exceptionsOf(runtime).find(({ answers }) => Object.hasOwn(answers, id))?.answers[id];
}

const ours = new Map(caseDifferences.flatMap((difference) => Object.entries(difference.ours)));

/** What ours must give, if not better-sqlite3's answer; an answer of another case can stand for it. */
export function deliberateAnswer(id: string): RecordedAnswer | undefined {
  const answer = ours.get(id);
  if (answer === undefined || typeof answer === 'string' || !('as' in answer)) return answer;
  const [topic = '', ...name] = answer.as.split(': ');
  return recordedAnswers(topic)[name.join(': ')];
}

/** Whether ours does not have what the case is about. A pattern ends with `*` or is a whole id. */
export function isPending(id: string): boolean {
  return pendingPatterns.some((pattern) =>
    pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern,
  );
}
