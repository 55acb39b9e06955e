/** What holds threads of the pools of this thread and realm, for diagnoses. */
import { JOB_BEGIN } from '../batch/layout';
import type { Jobs } from './jobs';
import type { Lane } from './lane';

/** A transaction, a snapshot or a stream. */
export interface PoolHolder {
  readonly kind: 'transaction' | 'snapshot' | 'stream';
  readonly heldMs: number;
  /** Where it was asked for: lines of a stack. Not of a stream, which SQL tells. */
  readonly origin?: string;
  readonly sql?: string;
}

/** The method of a pool that tells. */
export const HOLDERS = Symbol('holders');

/** What is asked of a pool. */
export interface HoldingPool {
  readonly path: string;
  readonly isClosed: boolean;
  [HOLDERS](): PoolHolder[];
}

const pools = new Set<WeakRef<HoldingPool>>();
const collected = new FinalizationRegistry<WeakRef<HoldingPool>>((reference) => pools.delete(reference));

/** Remembers a pool for as long as somebody has it. */
export function rememberPool(pool: HoldingPool): void {
  const reference = new WeakRef(pool);
  pools.add(reference);
  collected.register(pool, reference);
}

/** The pools that are open. */
export function openPools(): HoldingPool[] {
  return [...pools]
    .map((reference) => reference.deref())
    .filter((pool): pool is HoldingPool => pool !== undefined && !pool.isClosed);
}

/** What lanes that have their thread hold. */
export function laneHolders(lanes: Iterable<Lane>): PoolHolder[] {
  const now = performance.now();
  return [...lanes]
    .filter(({ since }) => since > 0)
    .map(({ since, request: { kind, origin } }) => ({
      kind: kind === JOB_BEGIN ? 'transaction' : 'snapshot',
      heldMs: now - since,
      origin: origin.lines,
    }));
}

interface OpenStream {
  readonly sql: string;
  readonly since: number;
}

const streams = new WeakMap<Jobs, Set<OpenStream>>();

/** A stream has begun. Returns what is to be called at its end. */
export function streamBegan(jobs: Jobs, sql: string): () => void {
  let known = streams.get(jobs);
  if (known === undefined) streams.set(jobs, (known = new Set()));
  const stream = { sql, since: performance.now() };
  known.add(stream);
  return () => known.delete(stream);
}

/** The streams of a pool. */
export function streamHolders(jobs: Jobs): PoolHolder[] {
  const now = performance.now();
  return [...(streams.get(jobs) ?? [])].map(({ sql, since }) => ({
    kind: 'stream',
    heldMs: now - since,
    sql,
  }));
}
