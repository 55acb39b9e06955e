// `npm test`: every check of the project, from a fresh clone if need be.
//
//   npm test -- --only format,lint       some steps
//   npm test -- --only vitest -- open    test files whose path contains "open"
//   npm test -- --only vitest --runtime node22    on another Node than 24: node22 or node26
//
// Every step runs, whatever an earlier one said. The last line counts everything that ran.
import { parseArgs } from 'node:util';
import { CommandFailed, seconds } from './lib/run.mjs';
import { steps } from './lib/steps.mjs';
import { check, describe, sum } from './lib/tally.mjs';

/** Where both Vitest and better-sqlite3 run. */
const VITEST_NODES = ['node22', 'node24', 'node26'];

function readArguments() {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string' }, runtime: { type: 'string', default: 'node24' } },
    allowPositionals: true,
  });
  const names = values.only?.split(',') ?? steps.map((step) => step.name);
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new TypeError(
      `no step "${unknown.join(', ')}"; steps: ${steps.map((step) => step.name).join(', ')}`,
    );
  }
  if (!VITEST_NODES.includes(values.runtime)) {
    throw new TypeError(`Vitest runs on ${VITEST_NODES.join(', ')}, not on "${values.runtime}"`);
  }
  return {
    node: values.runtime,
    selected: steps.filter((step) => names.includes(step.name)),
    filters: positionals,
  };
}

/** A check that cannot even start is a failure of that check, not the end of the run. */
async function runCheck(name, action, options) {
  console.log(`  ${name}`);
  try {
    return await action(options);
  } catch (error) {
    console.log(`    ${error instanceof CommandFailed ? error.message : error.stack}`);
    return check(false);
  }
}

async function runStep({ name, title, checks }, options) {
  const started = performance.now();
  console.log(`\n== ${name}: ${title}`);
  const tallies = [];
  for (const [checkName, action] of Object.entries(checks)) {
    const tally = await runCheck(checkName, action, options);
    if (tally.failed > 0) failures.push(`${name} / ${checkName}: ${describe(tally)}`);
    tallies.push(tally);
  }
  const total = sum(tallies);
  console.log(`== ${name}: ${describe(total)} (${seconds(started)})`);
  return total;
}

const failures = [];
try {
  const { node, selected, filters } = readArguments();
  const started = performance.now();
  const totals = [];
  for (const step of selected) totals.push(await runStep(step, { filters, node }));
  const total = sum(totals);
  if (failures.length > 0) console.log(`\nfailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  console.log(`\neverything took ${seconds(started)}`);
  console.log(describe(total));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
