// From the rounds of all repetitions to one summary per trial.
import { spread } from './statistics.mjs';

export const OURS = 'ferrolite';
/** Ours in a process of Node 24, beside the drivers that ran in Bun. */
export const OURS_ON_NODE = 'ferrolite on Node 24';
export const FLOOR = 'floor';

const costs = (part, driver, clock) =>
  part.rounds.filter((slots) => driver in slots).map((slots) => slots[driver][clock] / part.unitsPerSlot);

const driversOf = (parts) => [...new Set(parts.flatMap(({ rounds }) => Object.keys(rounds[0])))];

const median = (values) => spread(values).median;

/**
 * The spread, over the repetitions, of "median of `dividend` / median of `divisor`"; for two that
 * ran in different processes, so no round has both.
 */
function ratioAcross(parts, dividend, divisor) {
  const ratios = [];
  for (const number of new Set(parts.map((part) => part.number))) {
    const [above, below] = [dividend, divisor].map((driver) => {
      const part = parts.find((one) => one.number === number && driver in one.rounds[0]);
      return part && median(costs(part, driver, 'cpuNs'));
    });
    if (above !== undefined && below !== undefined) ratios.push(above / below);
  }
  return ratios.length > 0 ? spread(ratios) : undefined;
}

/** The spread of "peer / ours", taken within each round so that a slow moment weighs on both. */
function ratioWithin(parts, peer) {
  const rounds = parts.flatMap((part) => part.rounds).filter((slots) => peer in slots && OURS in slots);
  const ratios = rounds.map((slots) => slots[peer].cpuNs / slots[OURS].cpuNs);
  return ratios.length > 0 ? spread(ratios) : undefined;
}

/**
 * Joins all that ran for one trial. `parts` are the results of its processes: several of one
 * repetition have the same `number`, and each driver is in one of them.
 *
 * `cpuNs` and `wallNs` give the cost of a unit by driver; `ratio` says by peer how many times ours
 * is faster; `ratioOnNode` says so of ours on Node 24 where the peers ran in Bun; `overFloor` is
 * how many times the cost of the engine alone is ours.
 */
export function summarize(parts) {
  const [{ trial, title, unit, absent = [] }] = parts;
  const drivers = driversOf(parts);
  const by = (clock) =>
    Object.fromEntries(
      drivers.map((driver) => [driver, spread(parts.flatMap((part) => costs(part, driver, clock)))]),
    );
  const peers = drivers.filter((driver) => ![OURS, OURS_ON_NODE, FLOOR].includes(driver));
  const ratios = (ratio) =>
    Object.fromEntries(peers.map((peer) => [peer, ratio(peer)]).filter(([, value]) => value !== undefined));
  return {
    trial,
    title,
    unit,
    absent,
    cpuNs: by('cpuNs'),
    wallNs: by('wallNs'),
    ratio: ratios((peer) => ratioWithin(parts, peer)),
    ratioOnNode: ratios((peer) => ratioAcross(parts, peer, OURS_ON_NODE)),
    overFloor: ratioAcross(parts, OURS, FLOOR),
  };
}
