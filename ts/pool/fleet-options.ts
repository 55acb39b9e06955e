/** The options of fleets: checked and completed. */
import { resolve } from 'node:path';
import { integerOption, known } from '../options';
import { milliseconds, POOL_NAMES, readPoolOptions } from './options';
import type { PoolOptions, PoolSettings } from './options';

/** How a fleet works. The other options are those of each of its pools. */
export interface FleetOptions extends Omit<PoolOptions, 'path'> {
  /** Databases that may be open at once: 1 to 10000. Default 32. */
  readonly maxOpen?: number | undefined;
  /** Closes a database that nobody has used for so many milliseconds. Default 60000. */
  readonly idleMs?: number | undefined;
  /** Gives up a call whose database could not be opened for so long, as all that are open are busy. Default 10000. */
  readonly openTimeoutMs?: number | undefined;
  /** As for {@link PoolOptions}. Default 1. */
  readonly readers?: number | undefined;
}

/** Checked options of a fleet. */
export interface FleetSettings {
  readonly directory: string;
  readonly maxOpen: number;
  readonly idleMs: number;
  readonly openTimeoutMs: number;
  /** Of each pool, but for its path. */
  readonly pool: PoolSettings;
}

const OWN_NAMES = ['maxOpen', 'idleMs', 'openTimeoutMs'] as const;
const ALL_NAMES = [...OWN_NAMES, ...POOL_NAMES.filter((name) => name !== 'path')];

const DEFAULT_OPEN = 32;
const MOST_OPEN = 10_000;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_OPEN_TIMEOUT_MS = 10_000;
/** A database of one tenant seldom has several reads at the same moment, and each reader is a thread. */
const DEFAULT_READERS = 1;

/**
 * Checks the options of a fleet.
 *
 * @throws {TypeError | RangeError} naming the option.
 */
export function readFleetOptions(directory: unknown, options: unknown): FleetSettings {
  if (typeof directory !== 'string') throw new TypeError('Expected first argument to be a string');
  if (directory.trim() === '' || directory.includes('\0')) {
    throw new TypeError('Expected the directory of a fleet to be a path');
  }
  const checked = known(options ?? {}, ALL_NAMES) as FleetOptions;
  const { maxOpen, idleMs, openTimeoutMs, ...others } = checked;
  const absolute = resolve(directory);
  const { readers = DEFAULT_READERS } = others;
  const pool = readPoolOptions({ ...others, readers }, { path: absolute });
  return {
    directory: absolute,
    maxOpen: integerOption(maxOpen, 'maxOpen', 1, MOST_OPEN) ?? DEFAULT_OPEN,
    idleMs: milliseconds(idleMs, 'idleMs') ?? DEFAULT_IDLE_MS,
    openTimeoutMs: milliseconds(openTimeoutMs, 'openTimeoutMs') ?? DEFAULT_OPEN_TIMEOUT_MS,
    pool,
  };
}
