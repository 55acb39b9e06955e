// From the rounds of all repetitions to one line per trial.
import { spread } from './statistics.mjs';

const OURS = 'ferrolite';

/**
 * Joins the repetitions of one trial: per driver the cost of a unit in ns (CPU and wall), per
 * peer the ratio "peer / ours", taken within each round so that a slow moment weighs on both.
 */
export function summarize(repetitions) {
  const [{ trial, title, unit }] = repetitions;
  const drivers = Object.keys(repetitions[0].rounds[0]);
  const perUnit = (driver, clock) =>
    repetitions.flatMap((repetition) =>
      repetition.rounds.map((slots) => slots[driver][clock] / repetition.unitsPerSlot),
    );
  const ratios = (peer) =>
    repetitions.flatMap((repetition) =>
      repetition.rounds.map((slots) => slots[peer].cpuNs / slots[OURS].cpuNs),
    );
  const peers = drivers.includes(OURS) ? drivers.filter((driver) => driver !== OURS) : [];
  return {
    trial,
    title,
    unit,
    cpuNs: Object.fromEntries(drivers.map((driver) => [driver, spread(perUnit(driver, 'cpuNs'))])),
    wallNs: Object.fromEntries(drivers.map((driver) => [driver, spread(perUnit(driver, 'wallNs'))])),
    ratio: Object.fromEntries(peers.map((peer) => [peer, spread(ratios(peer))])),
  };
}

const worst = ({ ratio }) => Math.min(Infinity, ...Object.values(ratio).map(({ median }) => median));

function cells(summary, drivers) {
  const line = [worst(summary) < 1 ? 'LOSS' : '', summary.title, `ns/${summary.unit}`];
  for (const driver of drivers) {
    const cost = summary.cpuNs[driver];
    line.push(cost ? cost.median.toFixed(0) : '-');
    if (driver === OURS) continue;
    const ratio = summary.ratio[driver];
    line.push(ratio ? ratio.median.toFixed(2) : '-');
    line.push(ratio ? `${ratio.p25.toFixed(2)}-${ratio.p75.toFixed(2)}` : '');
  }
  return line;
}

/** The table as text: the trials in which a peer is faster come first. */
export function formatReport(summaries, drivers) {
  const head = ['', 'trial', 'cost of'];
  for (const driver of drivers) head.push(...(driver === OURS ? [driver] : [driver, 'ratio', 'p25-p75']));
  const losses = summaries.filter((summary) => worst(summary) < 1).toSorted((a, b) => worst(a) - worst(b));
  const others = summaries.filter((summary) => !losses.includes(summary));
  const lines = [head, ...[...losses, ...others].map((summary) => cells(summary, drivers))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  if (widths[0] === 0) return text.map((line) => line.trimStart()).join('\n');
  return text.join('\n');
}
