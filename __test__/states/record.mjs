// Records what better-sqlite3 answers to every call in every state, in fixtures/states.json.
// Run with Node 24 after a change of cases.mts: node __test__/states/record.mjs
//
// Every state runs in a process of its own, and again call by call where that process dies: some calls of
// better-sqlite3 from inside a getter do.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { callNames, outcomeOf, stateNames } from './cases.mts';

const [, script, ...job] = process.argv;

function record(state, calls) {
  const child = spawnSync(
    'sh',
    ['-c', 'ulimit -c 0; exec "$@"', 'sh', process.execPath, script, state, ...calls],
    {
      encoding: 'utf8',
      // A freed statement may also hang the process instead of ending it.
      timeout: 5_000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 28,
    },
  );
  if (child.status === 0) return JSON.parse(child.stdout);
  if (calls.length === 1) return { [calls[0]]: 'the process dies' };
  return Object.assign({}, ...calls.map((call) => record(state, [call])));
}

if (job.length > 0) {
  const [state, ...calls] = job;
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const outcomes = calls.map((call) => [call, outcomeOf(Database, state, call)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(outcomes)));
} else {
  const answers = Object.fromEntries(stateNames.map((state) => [state, record(state, callNames)]));
  // One line for each case, so that a change shows as one.
  const lines = Object.entries(answers).map(([state, outcomes]) => {
    const cases = Object.entries(outcomes).map(
      ([call, outcome]) => `  ${JSON.stringify(call)}: ${JSON.stringify(outcome)}`,
    );
    return `${JSON.stringify(state)}: {\n${cases.join(',\n')}\n}`;
  });
  writeFileSync(
    fileURLToPath(new URL('../fixtures/states.json', import.meta.url)),
    `{\n${lines.join(',\n')}\n}\n`,
  );
}
