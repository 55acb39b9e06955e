// The figures of docs/guides/migrations.md are those of docs/results/migrate.json, and the measurement leaves a sound database.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pageWith } from '../../scripts/lib/bench/migrate.mjs';
import { readResult } from '../../scripts/lib/bench/results.mjs';
import { projectRoot } from '../docs/markdown.mts';
import { tempDir } from '../helpers/temp-db.mts';

it('docs/guides/migrations.md shows the figures that are committed', () => {
  const page = readFileSync(join(projectRoot, 'docs/guides/migrations.md'), 'utf8');
  expect(pageWith(readResult('migrate'), page)).toBe(page);
});

it('what is measured are migrations that keep all rows', () => {
  const program = join(projectRoot, 'benches/js/migrate/measure.mjs');
  const output = execFileSync(process.execPath, [program, '{"bytes":200000}', tempDir()], {
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toMatchObject({
    rows: 110,
    integrity: 'ok',
    rehearsed: [{}, {}, {}],
    each: [{}, {}, {}],
  });
});
