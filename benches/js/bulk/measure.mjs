// One way to insert many rows, in a process of its own.
//
// Argument: `{ way, shape, rows, samples, directory }`. Prints `{ ns, mainNs }`: per sample, what a row took, and how
// much of that the main thread was busy. Started by scripts/lib/bench/bulk.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { shapeOf, WAYS } from './ways.mjs';

const { way, shape: name, rows: count, samples, directory } = JSON.parse(process.argv[2]);
const shape = shapeOf(name);
const { open, prepare } = WAYS[way];
const objects = Array.from({ length: count }, (_, index) => shape.row(index));
const rows = prepare === undefined ? objects : prepare(shape, objects);
const home = mkdtempSync(join(directory, 'bench-bulk-'));
const ns = [];
const mainNs = [];

async function sample(number) {
  const subject = open(join(home, `${number}.db`), shape);
  const before = process.threadCpuUsage();
  const started = performance.now();
  await subject.insert(rows);
  const took = performance.now() - started;
  const used = process.threadCpuUsage(before);
  const active = (used.user + used.system) / 1000;
  if ((await subject.count()) !== count) throw new Error(`${way}: rows are missing`);
  await subject.close();
  return { took, active };
}

try {
  // The first two warm up.
  for (let number = -2; number < samples; number++) {
    const { took, active } = await sample(number);
    if (number < 0) continue;
    ns.push((took * 1e6) / count);
    mainNs.push((active * 1e6) / count);
  }
  process.stdout.write(`${JSON.stringify({ ns, mainNs })}\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
