/** The path under which SQLite and the system know a file. */
import { realpathSync } from 'node:fs';

/** The path without symbolic links; as given for a file that does not exist. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
