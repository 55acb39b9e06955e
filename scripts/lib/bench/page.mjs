// docs/performance.md: its tables and pictures, from the committed results. What is between
// `<!-- NAME -->` and `<!-- end -->` is generated, the rest is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GOALS } from '../../../benches/js/goals.mjs';
import { lossesFirst, lowest, missedGoals } from '../../../benches/js/report.mjs';
import { OURS, OURS_ON_NODE } from '../../../benches/js/summary.mjs';
import { root } from '../paths.mjs';
import { plot } from './plot.mjs';
import { checkpointsPicture } from './checkpoints.mjs';
import { poolTables } from './pool-page.mjs';
import { readResult } from './results.mjs';

const PAGE = path.join(root, 'docs', 'performance.md');

/** The result files of comparisons, and how the page calls their runtimes. */
export const COMPARISONS = { node24: 'Node 24', node22: 'Node 22', node26: 'Node 26', bun: 'Bun' };
const PEERS = ['better-sqlite3', 'node:sqlite', 'libsql', 'bun:sqlite'];

const NOTHING = 'No result of it is committed.';

/** @param {number} texts how many columns are text; the others are numbers */
function table(head, rows, texts = 1) {
  const ruler = head.map((_, column) => (column < texts ? '---' : '--:'));
  return [head, ruler, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A time with three digits and the unit that suits it. */
function time(ns) {
  const [unit, size] = ns < 1000 ? ['ns', 1] : ns < 1e6 ? ['µs', 1000] : ['ms', 1e6];
  return `${Number((ns / size).toPrecision(3))} ${unit}`;
}

const fixed = (value) => value.toFixed(2);
const ratioCell = ({ p25, median, p75 }) => `${fixed(median)} (${fixed(p25)}–${fixed(p75)})`;

function verdict(summary) {
  if (lowest(summary) < 1) return 'loss';
  return missedGoals(summary).length > 0 ? 'below the goal' : '';
}

/** The versions that took part, as `node 24.21.0, v8 13.6`. */
const pairs = (object) =>
  Object.entries(object)
    .map((pair) => pair.join(' '))
    .join(', ');

const versionOf = ({ runtimes, options }) =>
  options.runtime === 'bun' ? `Bun ${runtimes.bun}` : `Node ${runtimes.node}`;

function comparison(name) {
  const result = readResult(`bench-${name}`);
  if (result === undefined) return NOTHING;
  const { summaries, options } = result;
  const isPresent = (driver) => summaries.some(({ cpuNs }) => driver in cpuNs);
  const peers = PEERS.filter(isPresent);
  const hasNode = isPresent(OURS_ON_NODE);
  const head = ['workload', '', 'per', 'ferrolite', 'wall time'];
  if (hasNode) head.push('on Node 24');
  head.push('/ floor', ...peers.map((peer) => `${peer} /`));
  if (hasNode) head.push('bun:sqlite / on Node');
  const cost = (summary, driver) => (driver in summary.cpuNs ? time(summary.cpuNs[driver].median) : '–');
  const rows = lossesFirst(summaries).map((summary) => {
    const { title, unit, wallNs, ratio, ratioOnNode, overFloor } = summary;
    const cells = [title, verdict(summary), unit, cost(summary, OURS), time(wallNs[OURS].median)];
    if (hasNode) cells.push(cost(summary, OURS_ON_NODE));
    cells.push(overFloor ? fixed(overFloor.median) : '–');
    cells.push(...peers.map((peer) => (ratio[peer] ? ratioCell(ratio[peer]) : '–')));
    if (hasNode) cells.push(ratioOnNode['bun:sqlite'] ? ratioCell(ratioOnNode['bun:sqlite']) : '–');
    return cells;
  });
  const rounds = `medians of up to ${options.repetitions} × ${options.rounds} rounds`;
  return [
    `![Ratios on ${versionOf(result)}](performance-${name}.svg)`,
    `${versionOf(result)}, ${rounds}. In brackets: the middle half of the ratios.`,
    table(head, rows, 3),
  ].join('\n\n');
}

/** The ratios of all runtimes beside the goals. */
function goals() {
  const results = Object.entries(COMPARISONS)
    .map(([name, title]) => ({ name, title, result: readResult(`bench-${name}`) }))
    .filter(({ result }) => result !== undefined);
  if (results.length === 0) return NOTHING;
  const columns = ['better-sqlite3', 'node:sqlite', 'bun:sqlite'].flatMap((peer) =>
    results
      .filter(({ name }) => (peer === 'bun:sqlite') === (name === 'bun'))
      .map(({ title, result }) => ({ peer, title, result })),
  );
  const head = columns.map(({ peer, title }) =>
    peer === 'bun:sqlite' ? 'bun:sqlite / ours on Node 24' : `${peer}, ${title}`,
  );
  const rows = Object.entries(GOALS).map(([trial, goal]) => {
    const summaryIn = ({ summaries }) => summaries.find((summary) => summary.trial === trial);
    const cells = columns.map(({ peer, result }) => {
      const summary = summaryIn(result);
      const wanted = goal[peer];
      const { ratio = {}, ratioOnNode = {} } = summary ?? {};
      const value = (peer === 'bun:sqlite' ? ratioOnNode : ratio)[peer]?.median;
      if (value === undefined) return '–';
      if (wanted === undefined) return fixed(value);
      return `${fixed(value)} of ${wanted}${missedGoals(summary).includes(peer) ? ', missed' : ''}`;
    });
    const title = results.map(({ result }) => summaryIn(result)?.title).find(Boolean) ?? trial;
    return [title].concat(cells);
  });
  return table(['workload', ...head], rows);
}

function runs() {
  const names = [
    ...Object.keys(COMPARISONS).map((name) => `bench-${name}`),
    'memory',
    'instructions',
    'fixtures',
    'pool',
  ];
  const rows = names
    .map((name) => [name, readResult(name)])
    .filter(([, result]) => result !== undefined)
    .map(([name, { date, command, machine, packages, sqlite }]) => [
      `[${name}](results/${name}.json)`,
      date.slice(0, 16).replace('T', ' '),
      `\`${command}\``,
      `${machine.cores} × ${machine.cpu}, ${machine.platform}, kernel ${machine.kernel}, load ${machine.loadAverage[0]}`,
      `\`${(packages.revision ?? 'unknown').replace(/^(\w{10})\w*/, '$1')}\``,
      sqlite ? pairs(sqlite) : '–',
    ]);
  if (rows.length === 0) return NOTHING;
  return table(['result', 'UTC', 'command', 'machine', 'revision', 'SQLite of'], rows, 6);
}

const MEMORY = {
  keptRow: ['a row kept, of 200,000 of all()', 'B', 1],
  oneOfMany: ['a row kept alone, one of each 1,000', 'B', 1],
  droppedRow: ['a row after all were dropped', 'B', 1],
  peak: ['growth of the process while all() reads 1,000,000 rows', 'MiB', 2 ** 20],
};

function memory() {
  const result = readResult('memory');
  if (result === undefined) return NOTHING;
  const drivers = Object.keys(result.memory.keptRow);
  const head = ['', ...drivers, 'ferrolite / better-sqlite3'];
  const rows = Object.entries(MEMORY).map(([figure, [title, unit, size]]) => {
    const medians = drivers.map((driver) => result.memory[figure][driver].median / size);
    const [ours, theirs] = medians;
    const digits = unit === 'B' && ours < 10 ? 1 : 0;
    const ratio = theirs > 1 ? fixed(ours / theirs) : '–';
    return [title].concat(
      medians.map((value) => `${value.toFixed(digits)} ${unit}`),
      ratio,
    );
  });
  return table(head, rows);
}

function instructions() {
  const result = readResult('instructions');
  if (result === undefined) return NOTHING;
  const drivers = Object.keys(result.instructions);
  const rows = Object.entries(result.instructions[OURS]).map(([trial, ours]) => {
    const counts = drivers.map((driver) => result.instructions[driver][trial]);
    const ratios = counts.slice(1).map((count) => fixed(count / ours));
    return [`\`${trial}\``].concat(counts.map(String), ratios);
  });
  return table(['trial', ...drivers, ...drivers.slice(1).map((driver) => `${driver} / ferrolite`)], rows);
}

const FIXTURES = {
  copy: ['a copy of a template', '`template.createDb()`'],
  memory: ['a copy in memory', '`createDb({ memory: true })`'],
  rollback: ['a savepoint', '`rollbackScope()`'],
  copyFileSync: ['the usual copy, of a file that nobody has open', '`fs.copyFileSync()`'],
  migrate: ['migrating for each test', '80 statements, `synchronous = off`'],
};

function fixtures() {
  const result = readResult('fixtures');
  if (result === undefined) return NOTHING;
  const { temporary, memory: inMemory } = result.fixtures;
  const cells = ({ openMs, closeMs, ratio }) => [
    time(openMs.median * 1e6),
    time(closeMs.median * 1e6),
    ratio.toFixed(1),
  ];
  const head = [
    '',
    '',
    'temporary folder',
    'its end',
    'migrating / it',
    '/dev/shm',
    'its end',
    'migrating / it',
  ];
  const rows = Object.entries(FIXTURES).map(([way, texts]) =>
    texts.concat(cells(temporary[way]), cells(inMemory[way])),
  );
  return table(head, rows, 2);
}

function pool() {
  const result = readResult('pool');
  return result === undefined ? NOTHING : poolTables(result, table);
}

/** Everything that is generated: files by their path from the root. */
export function generate() {
  const parts = { runs, goals, memory, instructions, fixtures, pool };
  for (const name of Object.keys(COMPARISONS)) parts[name] = () => comparison(name);
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, content] of Object.entries(parts)) {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!between.test(page)) throw new Error(`docs/performance.md has no part "${name}"`);
    page = page.replace(between, (_, start, end) => `${start}\n${content()}\n\n${end}`);
  }
  const pictures = Object.keys(COMPARISONS)
    .map((name) => [name, readResult(`bench-${name}`)])
    .filter(([, result]) => result !== undefined)
    .map(([name, result]) => [`docs/performance-${name}.svg`, plot(versionOf(result), result.summaries)]);
  return { 'docs/performance.md': page, ...Object.fromEntries(pictures), ...checkpointsPicture() };
}

export function writePage() {
  for (const [file, text] of Object.entries(generate())) {
    writeFileSync(path.join(root, file), text);
    console.log(`wrote ${file}`);
  }
}
