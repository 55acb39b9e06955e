// The figures of docs/guides/bulk.md are those of docs/results/bulk.json, and every way inserts the same rows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHAPE_NAMES, shapeOf, WAYS } from '../../benches/js/bulk/ways.mjs';
import { pageWith } from '../../scripts/lib/bench/bulk-page.mjs';
import { readResult } from '../../scripts/lib/bench/results.mjs';
import { projectRoot } from '../docs/markdown.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

it('docs/guides/bulk.md shows the figures that are committed', () => {
  const page = readFileSync(join(projectRoot, 'docs/guides/bulk.md'), 'utf8');
  expect(pageWith(readResult('bulk'), page)).toBe(page);
});

const cases = SHAPE_NAMES.flatMap((shape: string) => Object.keys(WAYS).map((way) => [way, shape] as const));

it.each(cases)('%s inserts all rows (%s)', async (way, name) => {
  const shape = shapeOf(name);
  const { open, prepare } = WAYS[way as keyof typeof WAYS] as any;
  const objects = Array.from({ length: 500 }, (_, index) => shape.row(index));
  const path = tempDb();
  const subject = open(path, shape);
  await subject.insert(prepare === undefined ? objects : prepare(shape, objects));
  await subject.close();
  // By the engine of one driver in a process of its own: the file was another's here.
  const rows = inChild(
    (file: string) => new (require('better-sqlite3'))(file).prepare('SELECT * FROM t').all(),
    [path],
  );
  expect(rows).toEqual(objects);
});
