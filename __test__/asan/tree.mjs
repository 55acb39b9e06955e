// A copy of the project in which another addon lies: tests load the package from where they are.
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addonPath, cache, root } from '../../scripts/lib/paths.mjs';

export const TREE = join(cache, 'asan', 'tree');
const LEFT_OUT = new Set(['.cache', '.git', 'bench-results', 'node_modules', 'target']);

/** Copies the project, with `addon` as its addon; what was fetched is shared. */
export function copyProject(addon) {
  rmSync(TREE, { recursive: true, force: true });
  mkdirSync(TREE, { recursive: true });
  for (const name of readdirSync(root).filter((each) => !LEFT_OUT.has(each))) {
    cpSync(join(root, name), join(TREE, name), { recursive: true, preserveTimestamps: true });
  }
  mkdirSync(join(TREE, '.cache'));
  for (const name of ['node_modules', join('.cache', 'runtimes')]) {
    symlinkSync(join(root, name), join(TREE, name), 'junction');
  }
  copyFileSync(addon, join(TREE, relative(root, addonPath())));
}
