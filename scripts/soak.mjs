// `npm run soak`: the long forms of the random, crash and endurance tests.
//
//   npm run soak -- --seconds 600            how long each runs (default 120)
//   npm run soak -- --only crash,fuzz        some of them
//   npm run soak -- --only asan              the tests and the fuzzer with AddressSanitizer: an hour
//   npm run soak -- --report docs/results/soak.json  also writes what they said
//   npm run soak -- --only migrate -- --races 5000   what stands behind -- goes to the programs
//
// Each file of __test__/soak/*.mjs is a program that takes `--seconds N`, prints its progress and
// its seed, ends with a line that says what it did, and fails by its exit code.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts, packageFacts } from '../benches/js/machine.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { runtime } from './lib/runtimes.mjs';

const FOLDER = path.join(root, '__test__', 'soak');
/** What a program may take over its budget before it counts as hung. */
const GRACE_SECONDS = 120;
/** The same for programs that have more to do than the budget says. */
const LONG_SECONDS = { asan: 4 * 3600, migrate: 3600 };
/** Programs that run when `--only` names them, because they take so long whatever the budget. */
const ON_REQUEST = new Set(['asan']);

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '120' },
      only: { type: 'string' },
      report: { type: 'string' },
    },
  });
  const budget = Number(values.seconds);
  if (!Number.isFinite(budget) || budget <= 0) throw new TypeError('--seconds must be a number above 0');
  const files = fs.existsSync(FOLDER) ? fs.readdirSync(FOLDER) : [];
  const all = files.filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -'.mjs'.length));
  const names = values.only?.split(',') ?? all.filter((name) => !ON_REQUEST.has(name));
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new TypeError(`no soak program "${unknown.join(', ')}"; there are: ${all.join(', ')}`);
  if (names.length === 0) throw new TypeError(`no soak program in ${path.relative(root, FOLDER)}`);
  return { budget, names, report: values.report, further: positionals };
}

async function soak(name, budget, node, further) {
  console.log(`\n== ${name} (${budget} s)`);
  const started = performance.now();
  const args = ['--expose-gc', path.join(FOLDER, `${name}.mjs`), '--seconds', String(budget), ...further];
  const timeoutMs = (budget + (LONG_SECONDS[name] ?? GRACE_SECONDS)) * 1000;
  const { ok, code, signal, output } = await run(node, args, { timeoutMs });
  return {
    program: name,
    outcome: ok ? 'passed' : `failed (${signal ?? code})`,
    seconds: Math.round((performance.now() - started) / 1000),
    'last line': output.trimEnd().split('\n').at(-1),
  };
}

function writeReport(file, programs) {
  const command = ['npm run soak --', ...process.argv.slice(2)].join(' ');
  const facts = { date: new Date().toISOString(), command, machine: machineFacts() };
  const packages = packageFacts(root);
  fs.writeFileSync(file, `${JSON.stringify({ ...facts, packages, programs }, undefined, 2)}\n`);
}

try {
  const { budget, names, report, further } = readArguments();
  await ensureBuilt();
  const node = await runtime('node24');
  const rows = [];
  for (const name of names) rows.push(await soak(name, budget, node, further));
  console.log('');
  console.table(rows);
  if (report !== undefined) writeReport(report, rows);
  const failed = rows.filter((row) => row.outcome !== 'passed').length;
  console.log(`${rows.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
