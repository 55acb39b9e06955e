// `npm run bench -- migrate`: what rehearsal, backup and migrations take, by the size of the database.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { root } from '../paths.mjs';
import { runScript } from './processes.mjs';
import { resultText, rounded, writeResult } from './results.mjs';

const PAGE = path.join(root, 'docs', 'guides', 'migrations.md');
const START = '<!-- figures: migrate -->\n';
const END = '<!-- end of figures -->\n';
const MB = 1_000_000;

/** A copy of the sample database Chinook, which is measured too where this variable names it. */
const { CHINOOK_DB: source } = process.env;

/** @param {{ quick: boolean, runtime: string, publish: boolean }} options */
export async function reportMigrate({ quick, runtime, publish }, command) {
  const sizes = quick ? [10 * MB] : [10 * MB, 100 * MB, 1000 * MB];
  const machine = machineFacts();
  const cases = sizes.map((bytes) => ({ title: `generated, ${bytes / MB} MB`, bytes }));
  if (source !== undefined) cases.unshift({ title: 'Chinook', source });
  const results = [];
  for (const { title, ...what } of cases) {
    const figures = await runScript(runtime, 'migrate/measure.mjs', what);
    console.log(`${title}: ${JSON.stringify(figures)}`);
    results.push(rounded({ title, ...figures }));
  }
  if (!publish) return;
  const facts = { date: new Date().toISOString(), command, runtime, machine, packages: packageFacts(root) };
  const result = { ...facts, databases: results };
  console.log(`published: ${writeResult('migrate', resultText(facts, { databases: results }))}`);
  writeFileSync(PAGE, pageWith(result, readFileSync(PAGE, 'utf8')));
}

const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** The guide with the figures of a result in it. */
export function pageWith({ runtime, machine, databases }, page) {
  const lines = [
    `Three migrations, which build a table anew, make an index and add a column, each once on ${runtime}, ${machine.cpu}`,
    `([figures](../results/migrate.json), \`npm run bench -- migrate\`):`,
    '',
    '| Database | Rows | The migrations alone | `plan()` | With rehearsal and backup | Nothing pending |',
    '|---|---|---|---|---|---|',
    ...databases.map(
      ({ title, rows, migrationsMs, planMs, withRehearsalAndBackupMs, nothingPendingMs }) =>
        `| ${title} | ${rows.toLocaleString('en')} | ${seconds(migrationsMs)} | ${seconds(planMs)} | ${seconds(withRehearsalAndBackupMs)} | ${nothingPendingMs.toFixed(1)} ms |`,
    ),
  ];
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  return `${page.slice(0, start)}${START}${lines.join('\n')}\n${page.slice(end)}`;
}
