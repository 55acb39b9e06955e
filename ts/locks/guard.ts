/**
 * Warns during development when other code of the process endangers or has lost the locks of a database.
 *
 * Every two seconds a thread that has opened a file asks the addon, which costs less than a tenth of a millisecond and
 * touches neither files nor locks. Not in production, and not where `FERROLITE_LOCK_GUARD` is `off`.
 */
import { setInterval } from 'node:timers';
import type { NativeBinding } from '../native';
import { foreignDescriptors, pathOf } from './foreign';

const INTERVAL_MS = 2000;
const WARNINGS = { FERROLITE_LOCKS_ENDANGERED: 0, FERROLITE_LOCKS_LOST: 1 } as const;

let asked = false;

/** Starts the guard of this thread, once. */
export function guardLocks(native: NativeBinding): void {
  if (asked) return;
  asked = true;
  const { NODE_ENV, FERROLITE_LOCK_GUARD } = process.env;
  if (NODE_ENV === 'production' || FERROLITE_LOCK_GUARD === 'off') return;
  // Realms come and go, of Jest one for each file: a timer of each would keep it in memory.
  if (!native.claimLockGuard()) return;
  const timer = setInterval(() => {
    if (look(native)) clearInterval(timer);
  }, INTERVAL_MS);
  timer.unref();
}

/** Whether there is nothing left to warn of. */
function look(native: NativeBinding): boolean {
  const [own] = native.lostFiles();
  if (own !== undefined) {
    warn(
      native,
      'FERROLITE_LOCKS_LOST',
      `This process has lost its locks on the database${named(pathOf(own))}: code of this process has closed a descriptor of the file, or another SQLite library has it open as well. Other processes can write to it at the same time and damage it; restart this process.`,
    );
    return true;
  }
  const [found] = foreignDescriptors(native) ?? [];
  if (found !== undefined) {
    const { fd, kind, path, file } = found;
    const who = kind === 'sqlite' ? 'Another SQLite library' : 'Other code';
    warn(
      native,
      'FERROLITE_LOCKS_ENDANGERED',
      `${who} of this process has the database${named(path)} open${file === 'shm' ? ', by its -shm file' : ''} (descriptor ${fd}). When it closes the file, the locks of all connections of this process are lost.`,
    );
  }
  return false;
}

const named = (path: string | undefined): string => (path === undefined ? '' : ` ${JSON.stringify(path)}`);

function warn(native: NativeBinding, code: keyof typeof WARNINGS, text: string): void {
  if (!native.claimLockWarning(WARNINGS[code])) return;
  process.emitWarning(text, {
    type: 'FerroliteWarning',
    code,
    detail:
      'See https://sqlite.org/howtocorrupt.html, 2.2. FERROLITE_LOCK_GUARD=off in the environment turns this check off.',
  });
}
