/** What a checkpointer warns of. */
import type { NativeCheckpointerEvent } from '../../../native/binding.js';
import { nameTheFile } from '../../client/open-error';
import { errorFrom } from '../../errors';
import { describeHolder, snapshotHolder, type SnapshotHolder } from './snapshot-holder';

/** `FERROLITE_WAL_…` ends by itself when readers leave; the others need somebody to look. */
export type CheckpointerWarningCode =
  'FERROLITE_WAL_HELD' | 'FERROLITE_WAL_TOO_LARGE' | 'FERROLITE_CHECKPOINT_FAILED' | 'FERROLITE_FILE_MOVED';

/** Why the write-ahead log of a database cannot be kept small. An `Error`, as Node's own warnings are. */
export class CheckpointerWarning extends Error {
  readonly code: CheckpointerWarningCode;
  /** The path of the database. */
  readonly path: string;
  /** Of the log's file. */
  readonly walBytes: number | undefined;
  /** Frames in the log. */
  readonly walFrames: number | undefined;
  /** Those of them that are in the database file. */
  readonly checkpointedFrames: number | undefined;
  /** Who reads from the log: first who has held it for longest. */
  readonly holders: readonly SnapshotHolder[];

  constructor(event: NativeCheckpointerEvent, path: string) {
    const holders = event.holders.map(snapshotHolder).toSorted((a, b) => (b.heldMs ?? -1) - (a.heldMs ?? -1));
    const cause = event.error === undefined ? undefined : nameTheFile(errorFrom(event.error), path);
    const [code, text] = say(event, path, holders, cause);
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
    this.walBytes = event.log?.bytes;
    this.walFrames = event.log?.frames;
    this.checkpointedFrames = event.log?.copied;
    this.holders = holders;
  }
}
Object.defineProperty(CheckpointerWarning.prototype, 'name', {
  value: 'CheckpointerWarning',
  enumerable: false,
  configurable: true,
  writable: true,
});

function say(
  { kind, log }: NativeCheckpointerEvent,
  path: string,
  holders: readonly SnapshotHolder[],
  cause: unknown,
): [CheckpointerWarningCode, string] {
  const name = JSON.stringify(path);
  const size = inUnits(log?.bytes ?? 0);
  const holding = holders.filter(({ heldMs }) => heldMs !== undefined).map(describeHolder);
  switch (kind) {
    case 'held':
      return [
        'FERROLITE_WAL_HELD',
        `The write-ahead log of ${name} cannot be checkpointed and grows (${size}): it is held by ${holding.join(', ')}`,
      ];
    case 'overLimit':
      return [
        'FERROLITE_WAL_TOO_LARGE',
        `The write-ahead log of ${name} is over its limit (${size}): ` +
          (holding.length > 0
            ? `it is held by ${holding.join(', ')}`
            : 'one transaction was that large, or readers leave no gap'),
      ];
    case 'moved':
      return [
        'FERROLITE_FILE_MOVED',
        `The database ${name} was deleted, moved or replaced: who has it open writes to a file that is lost`,
      ];
    default:
      return [
        'FERROLITE_CHECKPOINT_FAILED',
        `The write-ahead log cannot be checkpointed: ${cause instanceof Error ? cause.message : String(cause)}`,
      ];
  }
}

function inUnits(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
