// docs/performance.md and its pictures are what the committed results generate: `npm run bench -- --page` writes them.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot, readPage } from './markdown.mts';

const { generate } = (await import(new URL('../../scripts/lib/bench/page.mjs', import.meta.url).href)) as {
  generate: () => Record<string, string>;
};
const { listTrials } = (await import(new URL('../../benches/js/trials.mjs', import.meta.url).href)) as {
  listTrials: () => Promise<string[]>;
};

const generated = generate();
const pictures = readdirSync(join(projectRoot, 'docs')).filter((name) => /^performance-.*\.svg$/.test(name));

describe('docs/performance.md', () => {
  it.each(Object.entries(generated))('%s is what the results generate', (file, text) => {
    expect(readPage(file)).toBe(text);
  });

  it('shows every picture and links every result', () => {
    const page = readPage('docs/performance.md');
    expect(pictures.filter((name) => !page.includes(`](${name})`))).toEqual([]);
    const folder = join(projectRoot, 'docs', 'results');
    const results = readdirSync(folder).filter((name) =>
      /^(?:bench-.*|memory|instructions|fixtures|pool)\.json$/.test(name),
    );
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter((name) => !page.includes(`](results/${name})`))).toEqual([]);
  });

  it('shows every trial of a comparison', async () => {
    const file = join(projectRoot, 'docs', 'results', 'bench-node24.json');
    expect(existsSync(file)).toBe(true);
    const { summaries } = JSON.parse(readFileSync(file, 'utf8')) as { summaries: { trial: string }[] };
    expect(summaries.map(({ trial }) => trial)).toEqual(await listTrials());
  });

  it.each(pictures)('%s has no mark that is out of the picture', (name) => {
    const picture = readPage(`docs/${name}`);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    const [, width] = /viewBox="0 0 (\d+) /.exec(picture) ?? [];
    const places = [...picture.matchAll(/(?: c?x="|d="M)(-?[\d.]+)/g)].map((match) => Number(match[1]));
    expect(places.filter((x) => x < 0 || x > Number(width))).toEqual([]);
  });
});
