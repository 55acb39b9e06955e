// The size of a log over time as a picture: a line per way of checkpointing, on a logarithmic scale.

const [LEFT, RIGHT, TOP, BOTTOM, MARGIN] = [80, 900, 90, 400, 16];
const MIB = 2 ** 20;
/** The ends of the scale, in MiB. */
const [LOWEST, HIGHEST] = [1, 8192];

/** In the order of the series: a colour for a light page and one for a dark page. */
const STYLES = [
  { name: 'a', light: '#bc4c00', dark: '#f0883e' },
  { name: 'c', light: '#0969da', dark: '#58a6ff' },
  { name: 'h', light: '#8250df', dark: '#a371f7' },
];

const y = (bytes) => {
  const within = Math.min(HIGHEST, Math.max(LOWEST, bytes / MIB));
  const share = Math.log(within / LOWEST) / Math.log(HIGHEST / LOWEST);
  return (BOTTOM - share * (BOTTOM - TOP)).toFixed(1);
};

const sizeText = (mib) => (mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`);

function styleSheet() {
  const rules = (scheme) =>
    STYLES.map(
      ({ name, ...colours }) =>
        `.${name}{stroke:${colours[scheme]};fill:none;stroke-width:1.5}.${name}t{fill:${colours[scheme]}}`,
    ).join('');
  return `<style>
.page{fill:#fff}.text{fill:#1f2328}.grid{stroke:#d1d9e0;stroke-width:.5}.held{fill:#8250df;opacity:.08}
${rules('light')}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.text{fill:#f0f6fc}.grid{stroke:#3d444d;stroke-width:.5}
${rules('dark')}}
</style>`;
}

function grid(seconds) {
  const x = (second) => (LEFT + (second / seconds) * (RIGHT - LEFT)).toFixed(1);
  const sizes = [];
  for (let mib = LOWEST; mib <= HIGHEST; mib *= 4) sizes.push(mib);
  const rows = sizes.map(
    (mib) =>
      `<path class="grid" d="M${LEFT} ${y(mib * MIB)}H${RIGHT}"/><text class="text" x="${LEFT - 8}" y="${Number(y(mib * MIB)) + 4}" text-anchor="end">${sizeText(mib)}</text>`,
  );
  const ticks = Array.from({ length: 7 }, (_, index) => Math.round((seconds * index) / 6));
  const columns = ticks.map(
    (second) =>
      `<path class="grid" d="M${x(second)} ${TOP}V${BOTTOM}"/><text class="text" x="${x(second)}" y="${BOTTOM + 18}" text-anchor="middle">${second} s</text>`,
  );
  return [...rows, ...columns].join('\n');
}

/**
 * The picture as the text of an SVG file.
 *
 * @param {{ seconds: number, hold: [number, number], runs: { title: string, samples: [number, number][] }[] }} result
 */
export function plotCheckpoints({ seconds, hold, runs }) {
  const x = (ms) => (LEFT + Math.min(1, ms / 1000 / seconds) * (RIGHT - LEFT)).toFixed(1);
  const [width, height] = [RIGHT + 30, BOTTOM + 40];
  const lines = runs.map(({ samples }, index) => {
    const points = samples.map(([ms, bytes]) => `${x(ms)} ${y(bytes)}`).join('L');
    return `<path class="${STYLES[index].name}" d="M${points}"/>`;
  });
  const legend = runs.map(
    ({ title }, index) =>
      `<text class="${STYLES[index].name}t" x="${MARGIN + index * 300}" y="54">${title}</text>`,
  );
  const [from, to] = hold.map((second) => x(second * 1000));
  const held = `<rect class="held" x="${from}" y="${TOP}" width="${(to - from).toFixed(1)}" height="${BOTTOM - TOP}"/>`;
  const title = 'Size of the write-ahead log: one process writes at full speed, two read without a gap';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">
<title>${title}</title>
${styleSheet()}
<rect class="page" width="${width}" height="${height}"/>
<text class="text" x="${MARGIN}" y="26" font-size="15" font-weight="bold">${title}</text>
${legend.join('\n')}
${held}
${grid(seconds)}
${lines.join('\n')}
</svg>
`;
}
