import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('the kinds of native errors have the same numbers in Rust and in TypeScript', () => {
  const rust = [...source('src/error.rs').matchAll(/^ {4}([A-Z]\w+) = (\d+),$/gm)];
  const table = /const KIND = \{(.*?)\}/s.exec(source('ts/errors.ts'))![1]!;
  const typescript = [...table.matchAll(/(\w+): (\d+)/g)];
  expect(rust.length).toBeGreaterThan(5);
  expect(typescript.map(([, name, number]) => [name!.toLowerCase(), number])).toEqual(
    rust.map(([, name, number]) => [name!.toLowerCase(), number]),
  );
});
