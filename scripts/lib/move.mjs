// Renames of folders that two processes may do at the same moment, each with a whole copy of its own.
import fs from 'node:fs';

/** Puts `fresh` at `target`; when another process was faster, its copy stays. */
export function moveInto(target, fresh) {
  try {
    fs.renameSync(fresh, target);
  } catch (error) {
    if (!fs.existsSync(target)) throw error;
  }
}

/** Moves `target` to `old`, unless there is none (any more). */
export function moveAway(target, old) {
  try {
    fs.renameSync(target, old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
