// The summaries as a table of text, for the terminal.
import { GOALS } from './goals.mjs';
import { FLOOR, OURS, OURS_ON_NODE } from './summary.mjs';

/** A ratio as it is shown: what reads as 1.00 is no loss. */
const shown = ({ median }) => Number(median.toFixed(2));

/** How much faster ours is than the fastest peer, on whichever runtime it is slower. */
export const lowest = ({ ratio, ratioOnNode }) =>
  Math.min(Infinity, ...[ratio, ratioOnNode].flatMap(Object.values).map(shown));

/** Which peers are nearer than the goal; the goal for bun:sqlite is about ours on Node. */
export function missedGoals({ trial, ratio, ratioOnNode }) {
  const goals = Object.entries(GOALS[trial] ?? {});
  const isMissed = ([peer, goal]) => {
    const measured = (peer in ratioOnNode ? ratioOnNode : ratio)[peer];
    return measured !== undefined && shown(measured) < goal;
  };
  return goals.filter(isMissed).map(([peer]) => peer);
}

/** Losses first, the worst before the others, then the summaries in their own order. */
export function lossesFirst(summaries) {
  const losses = summaries.filter((summary) => lowest(summary) < 1);
  const others = summaries.filter((summary) => !losses.includes(summary));
  return [...losses.toSorted((a, b) => lowest(a) - lowest(b)), ...others];
}

const mark = (summary) => {
  if (lowest(summary) < 1) return 'LOSS';
  return missedGoals(summary).length > 0 ? 'goal' : '';
};

const number = (value, digits) => (value === undefined ? '-' : value.toFixed(digits));
const quarters = (spread) => (spread ? `${spread.p25.toFixed(2)}-${spread.p75.toFixed(2)}` : '');

/** The columns of a driver: their heads, and what they hold of a summary. */
function columnsOf(driver) {
  const cost = [driver, ({ cpuNs }) => number(cpuNs[driver]?.median, 0)];
  if (driver === OURS || driver === OURS_ON_NODE) return [cost];
  if (driver === FLOOR) return [cost, ['/ floor', ({ overFloor }) => number(overFloor?.median, 2)]];
  const onNode = ({ ratioOnNode }) => ratioOnNode[driver];
  const columns = [
    cost,
    ['ratio', ({ ratio }) => number(ratio[driver]?.median, 2)],
    ['p25-p75', ({ ratio }) => quarters(ratio[driver])],
  ];
  if (driver.startsWith('bun:')) columns.push(['on Node', (summary) => number(onNode(summary)?.median, 2)]);
  const goal = ({ trial }) => number(GOALS[trial]?.[driver], 2);
  return driver === 'libsql' ? columns : [...columns, ['goal', goal]];
}

/** The table as text: the trials in which a peer is faster come first. */
export function formatReport(summaries, drivers) {
  const present = drivers.filter((driver) => summaries.some(({ cpuNs }) => driver in cpuNs));
  const columns = [
    ['', mark],
    ['trial', ({ title }) => title],
    ['cost of', ({ unit }) => `ns/${unit}`],
    ...present.flatMap(columnsOf),
  ];
  const lines = [
    columns.map(([head]) => head),
    ...lossesFirst(summaries).map((summary) => columns.map(([, cell]) => cell(summary))),
  ];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  if (widths[0] === 0) return text.map((line) => line.trimStart()).join('\n');
  return text.join('\n');
}
