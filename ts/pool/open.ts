/** From the settings of a pool to what its threads open. */
import type { ConnectionSettings } from '../client/connection-options';
import { BEFORE_JOURNAL_MODE } from '../client/open-connection';
import { OPEN_MODE } from '../options';

/** The addon's number for how the writer opens the file. */
export function openMode({ readonly, fileMustExist, immutable }: ConnectionSettings): number {
  if (immutable) return OPEN_MODE.immutable;
  if (readonly) return OPEN_MODE.readonly;
  return fileMustExist ? OPEN_MODE.readwrite : OPEN_MODE.create;
}

/** The pragmas in the order in which they are set, as the addon takes them. */
export function pragmasInOrder({ pragmas, readonly, immutable }: ConnectionSettings): {
  firstPragmas: string[];
  journalMode?: string;
  pragmas: string[];
} {
  const first: string[] = [];
  const rest: string[] = [];
  for (const [name, value] of pragmas) {
    if (name === 'journal_mode') continue;
    (BEFORE_JOURNAL_MODE.has(name) ? first : rest).push(name, String(value));
  }
  // A reader takes the mode that the file has.
  if (readonly || immutable) return { firstPragmas: first, pragmas: rest };
  return { firstPragmas: first, journalMode: String(pragmas.get('journal_mode')), pragmas: rest };
}
