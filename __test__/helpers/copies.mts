/** The package where it is loaded several times: as another installation, and as another evaluation of the same. */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as client from 'ferrolite';
import { projectRoot } from './in-child.mts';
import { tempDir } from './temp-db.mts';

const require = createRequire(import.meta.url);
const root = join(projectRoot, 'index.js');

/** Another installed copy of the package, with an addon and so a SQLite library of its own. */
export function otherCopy(): typeof client {
  const copy = tempDir('copy');
  for (const part of ['index.js', 'package.json', 'dist', 'native']) {
    cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
  }
  return require(join(copy, 'index.js')) as typeof client;
}

/** Evaluates the package again, as a bundler's hot reload does. @param entry - Of `dist`, or the root. */
export function evaluateAgain(entry?: string): unknown {
  const folder = join(projectRoot, 'dist');
  const ours = Object.keys(require.cache).filter((name) => name.startsWith(folder) || name === root);
  const kept = ours.map((name) => [name, require.cache[name]] as const);
  for (const name of ours) delete require.cache[name];
  try {
    return require(entry === undefined ? root : join(folder, entry, 'index.js'));
  } finally {
    for (const [name, module] of kept) require.cache[name] = module;
  }
}
