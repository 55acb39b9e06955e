// The ratios of one runtime as a picture: a line per workload, a dot per peer, on a logarithmic
// scale. SVG by hand: lines, dots and text are all it needs.
import { GOALS } from '../../../benches/js/goals.mjs';

const LEFT = 420;
const RIGHT = 980;
const TOP = 96;
const ROW = 24;
const MARGIN = 16;
/** The ends of the scale; what lies beyond stands at the end. */
const [LOWEST, HIGHEST] = [0.25, 16];

/** By peer: a colour for a light page and one for a dark page, and a place within the line. */
const STYLES = {
  'better-sqlite3': { name: 'b', light: '#0969da', dark: '#58a6ff', offset: -5 },
  'node:sqlite': { name: 'n', light: '#1a7f37', dark: '#3fb950', offset: 0 },
  libsql: { name: 'l', light: '#9a6700', dark: '#d29922', offset: 5 },
  'bun:sqlite': { name: 'u', light: '#bf3989', dark: '#db61a2', offset: -4 },
  'bun:sqlite, ours on Node 24': { name: 'o', light: '#8250df', dark: '#a371f7', offset: 4 },
};

const position = (ratio) => {
  const within = Math.min(HIGHEST, Math.max(LOWEST, ratio));
  const share = Math.log(within / LOWEST) / Math.log(HIGHEST / LOWEST);
  return (LEFT + share * (RIGHT - LEFT)).toFixed(1);
};

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The series of a summary: its peers with their ratios and goals. */
function seriesOf({ trial, ratio, ratioOnNode }) {
  const goals = GOALS[trial] ?? {};
  const isGoalOnNode = Object.keys(ratioOnNode).length > 0;
  return [
    ...Object.entries(ratio).map(([peer, spread]) => [peer, spread, isGoalOnNode ? undefined : goals[peer]]),
    ...Object.entries(ratioOnNode).map(([peer, spread]) => [`${peer}, ours on Node 24`, spread, goals[peer]]),
  ];
}

function styleSheet() {
  const rules = (scheme) =>
    Object.values(STYLES)
      .map(({ name, ...colours }) => `.${name}{stroke:${colours[scheme]};fill:${colours[scheme]}}`)
      .join('');
  return `<style>
.page{fill:#fff}.text{fill:#1f2328}.grid{stroke:#d1d9e0;stroke-width:.5}.one{stroke:#1f2328}.goal{fill:none;stroke-width:1.5}
${rules('light')}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.text{fill:#f0f6fc}.grid{stroke:#3d444d;stroke-width:.5}.one{stroke:#f0f6fc}
${rules('dark')}
.goal{fill:none}}
.goal.goal{fill:none}
</style>`;
}

function lineOf(summary, row) {
  const y = TOP + row * ROW + ROW / 2;
  const marks = seriesOf(summary).map(([peer, { p25, median, p75 }, goal]) => {
    const { name, offset } = STYLES[peer];
    const at = y + offset;
    const quarters = `<path class="${name}" d="M${position(p25)} ${at}H${position(p75)}"/>`;
    const dot = `<circle class="${name}" cx="${position(median)}" cy="${at}" r="3.5"/>`;
    if (goal === undefined) return quarters + dot;
    return `${quarters}${dot}<path class="${name} goal" d="M${position(goal)} ${at - 6}l5 6l-5 6l-5 -6z"/>`;
  });
  const guide = `<path class="grid" d="M${MARGIN} ${y + ROW / 2}H${RIGHT}"/>`;
  const title = `<text class="text" x="${LEFT - 14}" y="${y + 4}" text-anchor="end">${escaped(summary.title)}</text>`;
  return guide + title + marks.join('');
}

function legend(peers) {
  const entries = peers.map((peer, index) => {
    const x = MARGIN + 4 + index * 150;
    const { name } = STYLES[peer];
    return `<circle class="${name}" cx="${x}" cy="48" r="4"/><text class="text" x="${x + 10}" y="52">${peer}</text>`;
  });
  const x = MARGIN + 4 + peers.length * 150 + (peers.some((peer) => peer.includes(',')) ? 70 : 0);
  const goal = `<path class="text goal" style="stroke:currentColor" d="M${x} 42l5 6l-5 6l-5 -6z"/>`;
  return `${entries.join('')}${goal}<text class="text" x="${x + 12}" y="52">goal; the bars are the middle half of the rounds</text>`;
}

function scale(bottom) {
  const ratios = [];
  for (let ratio = LOWEST; ratio <= HIGHEST; ratio *= 2) ratios.push(ratio);
  return ratios
    .map((ratio) => {
      const x = position(ratio);
      const line = `<path class="${ratio === 1 ? 'one' : 'grid'}" d="M${x} ${TOP - 4}V${bottom}"/>`;
      return `${line}<text class="text" x="${x}" y="${TOP - 10}" text-anchor="middle">${ratio}</text>`;
    })
    .join('');
}

/**
 * The picture as the text of an SVG file.
 *
 * @param {string} runtimeTitle as `Node 24.21.0`
 */
export function plot(runtimeTitle, summaries) {
  const bottom = TOP + summaries.length * ROW;
  const [width, height] = [RIGHT + 40, bottom + MARGIN];
  const present = new Set(summaries.flatMap((summary) => seriesOf(summary).map(([peer]) => peer)));
  const peers = Object.keys(STYLES).filter((peer) => present.has(peer));
  const title = `${runtimeTitle}: time of the peer / time of ferrolite (right of 1, ferrolite is faster)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">
<title>${title}</title>
${styleSheet()}
<rect class="page" width="${width}" height="${height}"/>
<text class="text" x="${MARGIN}" y="26" font-size="15" font-weight="bold">${title}</text>
${legend(peers)}
${scale(bottom)}
${summaries.map(lineOf).join('\n')}
</svg>
`;
}
