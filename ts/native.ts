/**
 * The way to an addon: `execute`, and the buffers that it shares with JavaScript.
 *
 * Loads none: `this-platform.ts` does, for the entries that have to find one.
 */
import type { NativeBinding } from '../native/binding.js';
import { createDecoder } from './batch/decode';
import type { BatchValue, Decoder } from './batch/decode';
import { CELL_SLOTS, FORMAT_VERSION, HEADER_SLOTS, MAX_CALL_ARGUMENTS } from './batch/layout';
import { errorFrom } from './errors';
import { PACKAGE_VERSION } from './version';

export type { NativeBinding };

const { apply } = Reflect;

/** As they are when this module loads: what they are given is memory that nobody else may have. */
const { BigInt64Array, Float64Array, Int32Array } = globalThis;
const bufferOver = Buffer.from.bind(Buffer) as (memory: ArrayBuffer, offset: number) => Buffer;

let uri: boolean | undefined;

/** One for each addon, thread and realm. */
const channels = new WeakMap<NativeBinding, Channel>();

/**
 * The channel to an addon.
 *
 * @throws {Error} if it is of another version.
 */
export function channelOf(addon: NativeBinding): Channel {
  let channel = channels.get(addon);
  if (channel === undefined) {
    refuseOthers(addon);
    channels.set(addon, (channel = new Channel(addon)));
  }
  return channel;
}

/** Throws unless `addon` was published together with this file, and writes what is read here. */
function refuseOthers(addon: NativeBinding): void {
  const advice = `Install ferrolite again, so that its @ferrolite/binding package is ${PACKAGE_VERSION} as well.`;
  const version = addon.packageVersion();
  if (version !== PACKAGE_VERSION) {
    throw new Error(`ferrolite ${PACKAGE_VERSION} cannot use the addon of ferrolite ${version}. ${advice}`);
  }
  const format = addon.formatVersion();
  if (format !== FORMAT_VERSION) {
    throw new Error(
      `ferrolite: the addon writes row batches of version ${format}, this package reads version ${FORMAT_VERSION}. ${advice}`,
    );
  }
}

/** Whether names that begin with `file:` are URIs: as in better-sqlite3, the environment counts as it is at first. */
function usesUris(): boolean {
  uri ??= process.env['SQLITE_USE_URI'] === '1';
  return uri;
}

/**
 * `execute` and the memory that a call and its answer travel in. `docs/row-batch.md` describes it.
 *
 * Nothing may run between writing a request and calling `execute`, nor between the call and the
 * end of decoding, that could use the channel as well: users' getters run before, and rows are
 * handed out after.
 */
export class Channel {
  readonly native: NativeBinding;
  readonly execute: NativeBinding['execute'];
  /** Header and cells as words. */
  readonly words: Int32Array;
  /** Header and cells as reals. */
  readonly reals: Float64Array;
  /** Header and cells as 64-bit integers. */
  readonly integers: BigInt64Array;
  /** Bytes of small blobs. */
  readonly blobs: Uint8Array;
  /** Parameter slots as words. */
  readonly parameterWords: Int32Array;
  /** Parameter slots as reals. */
  readonly parameterReals: Float64Array;
  /** Reads the batches of this memory. */
  readonly decoder: Decoder;
  /** Whether names that begin with `file:` are URIs. */
  readonly uri = usesUris();
  /** Tells the addon's SQLite library from others in the process. */
  readonly library: string;

  constructor(addon: NativeBinding) {
    this.native = addon;
    this.execute = addon.execute;
    this.library = addon.libraryId();
    const shared = addon.sharedBuffer();
    this.words = new Int32Array(shared);
    this.reals = new Float64Array(shared);
    this.integers = new BigInt64Array(shared);
    // A Buffer, because its slices are Buffers with memory of their own.
    this.blobs = bufferOver(shared, (HEADER_SLOTS + CELL_SLOTS) * 8);
    this.decoder = createDecoder(this);
    const parameters = addon.parameterBuffer();
    this.parameterWords = new Int32Array(parameters);
    this.parameterReals = new Float64Array(parameters);
  }

  /** Calls `execute` with `values`, or with one array of them where they are too many. */
  call(values: readonly unknown[]): BatchValue {
    switch (values.length) {
      case 0:
        return this.execute();
      case 1:
        return this.execute(values[0]);
      case 2:
        return this.execute(values[0], values[1]);
      case 3:
        return this.execute(values[0], values[1], values[2]);
      case 4:
        return this.execute(values[0], values[1], values[2], values[3]);
      case 5:
        return this.execute(values[0], values[1], values[2], values[3], values[4]);
      case 6:
        return this.execute(values[0], values[1], values[2], values[3], values[4], values[5]);
      default:
        // Not by spreading, which runs an iterator that users can replace.
        return values.length > MAX_CALL_ARGUMENTS
          ? this.execute(values)
          : apply(this.execute, undefined, values);
    }
  }

  /** The error that the last failed call has left. */
  takeError(): Error {
    return errorFrom(this.native.takeError());
  }
}
