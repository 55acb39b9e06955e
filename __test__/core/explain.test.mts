import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ferrolite } from '../helpers/drivers.mts';
import { projectRoot } from '../helpers/in-child.mts';

it('explain() makes no text with values, which nobody could ask for', () => {
  const addon = createRequire(import.meta.url)(join(projectRoot, 'native', 'binding.js'));
  let texts = 0;
  const expandedSql = (statement: number): string | null => {
    texts += 1;
    return addon.expandedSql(statement);
  };
  const db = new ferrolite.Database(':memory:', { nativeBinding: { ...addon, expandedSql } });
  db.function('f', (value: unknown) => value);
  expect(db.explain('SELECT f(?)').length).toBeGreaterThan(1);
  expect(texts).toBe(0);
  expect(db.prepare('SELECT f(?)').bind(1).pluck().get()).toBe(1);
  expect(texts).toBe(1);
});
