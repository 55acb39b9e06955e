/**
 * What each case must give: better-sqlite3's recorded answer, unless a committed list says otherwise.
 *
 * Two lists may: `fixtures/case-differences.mts` (ours is deliberately another) and `fixtures/runtimes.json` (this
 * runtime has another JavaScript engine).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { caseDifferences } from '../../fixtures/case-differences.mts';
import type { Description } from '../../helpers/answer.mts';
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

const COMPACT_ERROR = /^!(\w+)(?:\[(\w*)\])?: (.*)$/su;

/** Errors are what most answers are about, and most have nothing that this line does not say. */
export function compactDescription(description: Description): Description {
  if (typeof description === 'string') return description;
  if (Array.isArray(description)) return description.map(compactDescription);
  const { error, name, message, own } = description;
  if (typeof error === 'string' && error === name && Array.isArray(own)) {
    if (own.length === 0) return `!${error}: ${String(message)}`;
    const code = /^\["code","string \\"(\w*)\\""\]$/u.exec(JSON.stringify(own[0]))?.[1];
    if (own.length === 1 && code !== undefined) return `!${error}[${code}]: ${String(message)}`;
  }
  const entries = Object.entries(description);
  return Object.fromEntries(entries.map(([key, value]) => [key, compactDescription(value)]));
}

/** The reverse of {@link compactDescription}. */
export function fullDescription(description: Description): Description {
  if (Array.isArray(description)) return description.map(fullDescription);
  if (typeof description !== 'string') {
    const entries = Object.entries(description);
    return Object.fromEntries(entries.map(([key, value]) => [key, fullDescription(value)]));
  }
  const [, error, code, message = ''] = COMPACT_ERROR.exec(description) ?? [];
  if (error === undefined) return description;
  return { error, name: error, message, own: code === undefined ? [] : [['code', `string "${code}"`]] };
}

/** better-sqlite3's answers on Node 24 to the cases of a topic. */
export function recordedAnswers(topic: string): Answers {
  const answers = readFixture<Answers>(join('answers', `${topic}.json`), {});
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [name, fullDescription(answer) as RecordedAnswer]),
  );
}

/** The runtime this process is, as `scripts/lib/runtimes.mjs` calls it. */
export function thisRuntime(): string {
  if (process.versions['bun'] !== undefined) return 'bun';
  if (process.versions['deno'] !== undefined) return 'deno';
  return `node${process.versions.node.split('.')[0]}`;
}

export const caseId = (topic: string, name: string): string => `${topic}: ${name}`;

const runtimes = readFixture<Readonly<Record<string, readonly RuntimeException[]>>>('runtimes.json', {});
export const exceptionsOf = (runtime: string): readonly RuntimeException[] => runtimes[runtime] ?? [];

/** What a runtime gives instead of the recorded answer, when that is on the list. */
export function runtimeAnswer(runtime: string, id: string): RecordedAnswer | undefined {
  const answer = exceptionsOf(runtime).find(({ answers }) => Object.hasOwn(answers, id))?.answers[id];
  return answer === undefined ? undefined : (fullDescription(answer) as RecordedAnswer);
}

const ours = new Map(caseDifferences.flatMap((difference) => Object.entries(difference.ours)));
/** Whose answers differ deliberately. */
export const differingCases: ReadonlySet<string> = new Set(ours.keys());

const recordedOnce = new Map<string, Answers>();

/** What ours must give, if not better-sqlite3's answer; an answer of another case can stand for it. */
export function deliberateAnswer(id: string): RecordedAnswer | undefined {
  const answer = ours.get(id);
  if (answer === undefined) return undefined;
  if (!('as' in answer)) return fullDescription(answer) as RecordedAnswer;
  const [topic = '', ...name] = answer.as.split(': ');
  const answers = recordedOnce.get(topic) ?? recordedAnswers(topic);
  recordedOnce.set(topic, answers);
  return answers[name.join(': ')];
}
