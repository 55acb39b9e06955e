// Records what better-sqlite3 answers to every case, in fixtures/answers: one file a topic, one line a case.
// Run with Node 24 after a change of cases:
//
//   node __test__/differential/harness/record.mjs             every topic
//   node __test__/differential/harness/record.mjs functions   some topics
//
// The cases run in a process of their own, twice. Where one ends that process, another goes on with the next.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { CaseRunner, DIES, HANGS, UNSTEADY } from './case.mts';
import { answersFile, compactDescription } from './expectations.mts';
import { loadTopic, topicNames } from './topics.mts';

const [, script, ...args] = process.argv;
/** A process that has said nothing for so long hangs. */
const SILENCE_MS = 10_000;
/** Marks the lines with answers among whatever else a case prints. */
const RESULT = '\u0001answer ';
/** How often a case is run that is said to be unsteady, until it is. */
const ATTEMPTS = 20;

/** Runs cases in a child; resolves with the answers it gave, and how it ended if not by itself. */
async function runChild(topic, names) {
  const child = spawn('sh', ['-c', 'ulimit -c 0; exec "$@"', 'sh', process.execPath, script, '--child'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(JSON.stringify({ topic, names }));
  const answers = {};
  let hangs = false;
  let isComplete = false;
  let stderr = '';
  const kill = () => {
    hangs = true;
    child.kill('SIGKILL');
  };
  let silence = setTimeout(kill, SILENCE_MS);
  child.stderr.on('data', (chunk) => (stderr += chunk));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith(RESULT)) return;
    clearTimeout(silence);
    silence = setTimeout(kill, SILENCE_MS);
    const { name, answer } = JSON.parse(line.slice(RESULT.length));
    if (name === undefined) isComplete = true;
    else answers[name] = answer;
  });
  await once(child, 'close');
  clearTimeout(silence);
  return { answers, end: isComplete ? undefined : hangs ? HANGS : DIES, stderr };
}

async function runAsChild() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { topic, names } = JSON.parse(Buffer.concat(chunks).toString());
  const { cases } = await loadTopic(topic);
  const require = createRequire(import.meta.url);
  const constructor = require('better-sqlite3');
  const runner = new CaseRunner({ name: 'better-sqlite3', constructor, home: script });
  const print = (line) =>
    new Promise((resolve) => process.stdout.write(`${RESULT}${JSON.stringify(line)}\n`, resolve));
  for (const name of names) await print({ name, answer: await runner.run(cases[name]) });
  runner.end();
  await print({});
  // A worker or timer that a case has left must not keep the process.
  process.exit(0);
}

/** The answers to all cases, with {@link DIES} or {@link HANGS} where there is none. */
async function recordOnce(topic, names) {
  const all = {};
  let rest = names;
  while (rest.length > 0) {
    const { answers, end, stderr } = await runChild(topic, rest);
    Object.assign(all, answers);
    rest = rest.filter((name) => !Object.hasOwn(answers, name));
    if (end === undefined) break;
    const [name] = rest.splice(0, 1);
    if (name === undefined) break;
    console.log(`  ${name}: ${end} ${stderr}`.trimEnd());
    all[name] = end;
  }
  return all;
}

/** The answer of a case said to be unsteady, when it is the same all the time. */
async function steadyAnswer(topic, name) {
  let first;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = (await recordOnce(topic, [name]))[name];
    if (typeof answer === 'string') return UNSTEADY;
    first ??= answer;
    if (!isDeepStrictEqual(answer, first)) return UNSTEADY;
  }
  console.log(`  ${name} was the same ${ATTEMPTS} times: is it unsteady?`);
  return first;
}

async function record(topic) {
  const started = performance.now();
  const { cases, unsteady = () => false } = await loadTopic(topic);
  const names = Object.keys(cases);
  const steady = names.filter((name) => !unsteady(name));
  const answers = await recordOnce(topic, steady);
  const again = await recordOnce(topic, steady);
  for (const name of names.filter(unsteady)) answers[name] = await steadyAnswer(topic, name);
  for (const name of steady.filter((each) => !isDeepStrictEqual(answers[each], again[each]))) {
    console.log(`  ${name} differs from run to run:\n${JSON.stringify([answers[name], again[name]])}`);
    process.exitCode = 1;
  }
  const lines = names.map(
    (name) => `${JSON.stringify(name)}: ${JSON.stringify(compactDescription(answers[name]))}`,
  );
  mkdirSync(path.dirname(answersFile(topic)), { recursive: true });
  writeFileSync(answersFile(topic), `{\n${lines.join(',\n')}\n}\n`);
  console.log(`${topic}: ${names.length} cases in ${Math.round(performance.now() - started)} ms`);
}

if (args[0] === '--child') await runAsChild();
else for (const topic of args.length > 0 ? args : topicNames) await record(topic);
