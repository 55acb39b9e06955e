// `npm test`: every check of the project, from a fresh clone if need be.
//
//   npm test -- --only format,lint       some steps
//   npm test -- --only vitest -- open    test files whose path contains "open"
//   npm test -- --only vitest --runtime node22    on another Node than 24: node22 or node26
//   npm test -- --report docs/results/tests.json  also writes the counts, with machine and versions
//
// Every step runs, whatever an earlier one said. The last line counts everything that ran.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machineFacts, packageFacts } from '../benches/js/machine.mjs';
import { ensureAddon } from './lib/build.mjs';
import { root } from './lib/paths.mjs';
import { CommandFailed, seconds } from './lib/run.mjs';
import { steps } from './lib/steps.mjs';
import { check, describe, describeRemarks, sum } from './lib/tally.mjs';

/** Where both Vitest and better-sqlite3 run. */
const VITEST_NODES = ['node22', 'node24', 'node26'];

function readArguments() {
  const { values, positionals } = parseArgs({
    options: {
      only: { type: 'string' },
      runtime: { type: 'string', default: 'node24' },
      report: { type: 'string' },
    },
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
    report: values.report,
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

/** What fails and is tried again counts as it ends the second time; the remarks of the first stay. */
async function runSteadily(name, action, options, isTriedAgain) {
  const { remarks: said = [], ...first } = await runCheck(name, action, options);
  if (first.failed === 0 || !isTriedAgain) return { ...first, remarks: said };
  const { remarks: again = [], ...second } = await runCheck(`${name}, once more`, action, options);
  const unsteady = [`unsteady, passed when run again: ${name}: ${describe(first)}`, ...said];
  return { ...second, remarks: second.failed === 0 ? unsteady : again };
}

async function runStep({ name, title, checks, atOnce = 1, isTriedAgain = false }, options) {
  const started = performance.now();
  console.log(`\n== ${name}: ${title}`);
  const tallies = [];
  const waiting = Object.entries(checks);
  const runWaiting = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [checkName, action] = next;
      const { remarks: said, ...count } = await runSteadily(checkName, action, options, isTriedAgain);
      remarks.push(...said);
      if (count.failed > 0) remarks.push(`${name} / ${checkName}: ${describe(count)}`);
      tallies.push(count);
      counts.push({ step: name, check: checkName, ...count });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runWaiting));
  const total = sum(tallies);
  console.log(`== ${name}: ${describe(total)} (${seconds(started)})`);
  return total;
}

/** Linking the addon takes a minute of one core, which the checks before its step need not wait for. */
function beginBuild(selected) {
  // A failure is that of the step, which asks for the same.
  if (selected.some((step) => step.name === 'build')) ensureAddon().catch(() => undefined);
}

/** What a figure needs to be repeated: the command, the machine, the code. */
function writeReport(file, node, total) {
  const command = ['npm test --', ...process.argv.slice(2)].join(' ');
  const facts = { date: new Date().toISOString(), command, vitestOn: node, machine: machineFacts() };
  const packages = packageFacts(root);
  writeFileSync(file, `${JSON.stringify({ ...facts, packages, total, counts }, undefined, 2)}\n`);
}

const remarks = [];
const counts = [];
try {
  const { node, selected, filters, report } = readArguments();
  const started = performance.now();
  const totals = [];
  for (const step of selected) {
    totals.push(await runStep(step, { filters, node }));
    if (step.name === 'install') beginBuild(selected);
  }
  const total = sum(totals);
  console.log(`\neverything took ${seconds(started)}`);
  process.stdout.write(describeRemarks(remarks));
  if (report !== undefined) writeReport(report, node, total);
  console.log(describe(total));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
