// What a slot costs: CPU time of the main thread, and wall time beside it.
//
// CPU time is the figure that is compared: on a shared machine wall time also measures the
// neighbours. It includes the kernel's part of system calls, but no waiting.

const MICROSECONDS_TO_NS = 1000;

/**
 * `thread` counts the main thread alone; `process` (Node before 23.9) also counts compiler threads.
 */
export const cpuClock = typeof process.threadCpuUsage === 'function' ? 'thread' : 'process';

/** The collectors: `minor` of the young objects, `full` of all. Each returns when it is done. */
export const collect = process.versions.bun === undefined ? nodeCollectors() : await bunCollectors();

function nodeCollectors() {
  const { gc } = globalThis;
  if (typeof gc !== 'function') throw new Error('Run with --expose-gc --single-threaded-gc');
  return { minor: () => gc({ type: 'minor' }), full: () => gc() };
}

async function bunCollectors() {
  // Bun's own switch for "no threads of the collector"; without it garbage would be free here.
  if (process.env.BUN_JSC_useConcurrentGC !== '0' || process.env.BUN_JSC_numberOfGCMarkers !== '1') {
    throw new Error('Run with BUN_JSC_useConcurrentGC=0 and BUN_JSC_numberOfGCMarkers=1');
  }
  const { edenGC, fullGC } = await import('bun:jsc');
  return { minor: edenGC, full: fullGC };
}

function cpuNs() {
  // Linux answers getrusage(RUSAGE_THREAD) from a counter that it only brings up to date on a
  // timer tick (1 to 4 ms) or when the whole process is asked for; without this call a slot of
  // 5 ms would read as 4 or 8.
  const wholeProcess = process.cpuUsage();
  const usage = cpuClock === 'thread' ? process.threadCpuUsage() : wholeProcess;
  return (usage.user + usage.system) * MICROSECONDS_TO_NS;
}

/** Runs `work` and returns `{ cpuNs, wallNs }`, the young garbage it made included. */
export function time(work) {
  // The slot starts without anybody's garbage and ends by collecting its own, so that no driver
  // pays for another one's objects.
  collect.minor();
  const wallBefore = process.hrtime.bigint();
  const cpuBefore = cpuNs();
  work();
  collect.minor();
  const cpuAfter = cpuNs();
  const wallAfter = process.hrtime.bigint();
  return { cpuNs: cpuAfter - cpuBefore, wallNs: Number(wallAfter - wallBefore) };
}

/** The same for work that awaits: what the main thread does meanwhile counts, and waiting does not. */
export async function timeAwaited(work) {
  collect.minor();
  const wallBefore = process.hrtime.bigint();
  const cpuBefore = cpuNs();
  await work();
  collect.minor();
  const cpuAfter = cpuNs();
  const wallAfter = process.hrtime.bigint();
  return { cpuNs: cpuAfter - cpuBefore, wallNs: Number(wallAfter - wallBefore) };
}
