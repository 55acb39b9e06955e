// The figures of docs/guides/bulk.md, made of docs/results/bulk.json.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../paths.mjs';

const PAGE = path.join(root, 'docs', 'guides', 'bulk.md');
const START = '<!-- figures: bulk -->\n';
const END = '<!-- end of figures -->\n';

const TITLES = {
  mixed: '4 columns: NULL, INTEGER, REAL, TEXT',
  narrow: '2 columns: INTEGER PRIMARY KEY, TEXT',
  wide: '20 columns: INTEGER and TEXT',
};
/** What all others are compared with. */
const OURS = 'insertMany, objects';

/** The figures of a result as the part of the page between its marks. */
export function figuresOf({ runtime, rows, repetitions, machine, figures }) {
  const shapes = [...new Set(figures.map(({ shape }) => shape))];
  const ways = [...new Set(figures.map(({ way }) => way))];
  const of = (shape, way) => figures.find((figure) => figure.shape === shape && figure.way === way);
  const cell = (shape, way) => {
    const { mainNs } = of(shape, way);
    const ratio = (mainNs.median / of(shape, OURS).mainNs.median).toFixed(2);
    return `${Math.round(mainNs.median)} ns${way === OURS ? '' : ` (${ratio})`}`;
  };
  const lines = [
    `What a row of ${rows.toLocaleString('en')} in one transaction costs the main thread, in CPU time, and in brackets how many`,
    `times as much as the first line; medians of ${repetitions} processes each on ${runtime}, ${machine.cpu}, on a file`,
    'system in memory. Of a pool, the rest is done by its writer ([all samples](../results/bulk.json),',
    '`npm run bench -- bulk`).',
    '',
    `| | ${shapes.map((shape) => TITLES[shape]).join(' | ')} |`,
    `|---|${shapes.map(() => '---').join('|')}|`,
    ...ways.map((way) => `| ${way} | ${shapes.map((shape) => cell(shape, way)).join(' | ')} |`),
  ];
  return `${START}${lines.join('\n')}\n${END}`;
}

/** The page as it should be. */
export function pageWith(result, page = readFileSync(PAGE, 'utf8')) {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  const rest = end < 0 ? page.slice(start + START.length) : page.slice(end + END.length);
  return page.slice(0, start) + figuresOf(result) + rest;
}

export function writeBulkPage(result) {
  writeFileSync(PAGE, pageWith(result));
}
