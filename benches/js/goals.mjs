// What the project aims at: the time of a peer divided by ours, by trial and peer. For bun:sqlite
// ours is on Node 24, in a process of its own.

const peers = ['better-sqlite3', 'node:sqlite', 'bun:sqlite'];
const goals = (...ratios) => Object.fromEntries(ratios.map((ratio, index) => [peers[index], ratio]));

export const GOALS = {
  get: goals(1.2, 1.25, 1),
  'get-in-transaction': goals(2.5, 3, 1.2),
  'all-100': goals(1.9, 3.3, 1.4),
  'all-200-mixed': goals(2, 3.7, 2),
  'all-100k-integers': goals(2.5, 5, 1.35),
  'all-10k-unicode': goals(2.4, 3.4, 1.8),
  'iterate-100': goals(3, 4.5, 1.05),
  'iterate-100-no-prefetch': goals(2.2),
  insert: goals(1.15, 1.15, 1),
  'transaction-100-named': goals(3.2, 3.2, 1.05),
  'transaction-100-positional': goals(2.5),
  'prepare-get': goals(2, 1.2, 1),
  'new-shape': goals(4),
};
