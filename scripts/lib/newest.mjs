// File times: whether something built is older than what it was built from.
import fs from 'node:fs';
import path from 'node:path';

/**
 * The newest modification time (ms) among files and folders and everything in them; 0 when none
 * exists. Folders count themselves, so a deleted file is seen as a change.
 */
export function newestMs(paths) {
  let newest = 0;
  for (const entry of paths) {
    const stat = fs.statSync(entry, { throwIfNoEntry: false });
    if (!stat) continue;
    newest = Math.max(newest, stat.mtimeMs);
    if (stat.isDirectory()) newest = Math.max(newest, newestMs(children(entry)));
  }
  return newest;
}

function children(folder) {
  return fs.readdirSync(folder).map((name) => path.join(folder, name));
}
