// The models of the pool's threads (src/pool/models.rs), in a target folder of their own: the flag is
// for all crates.
import path from 'node:path';
import { cache } from './paths.mjs';
import { run } from './run.mjs';

const ARGUMENTS = ['test', '--lib', '--no-fail-fast', '--', 'pool::models'];

/**
 * Runs the models.
 *
 * @param {{ preemptions?: number, modelSeconds?: number, timeoutMs: number }} options Switches between threads that
 *   none of them asks for, without it as many as the models say; when a model ends that has not seen every order.
 */
export function runModels({ preemptions, modelSeconds, timeoutMs }) {
  const env = {
    RUSTFLAGS: '--cfg loom',
    CARGO_TARGET_DIR: path.join(cache, 'loom', 'target'),
    ...(preemptions !== undefined && { LOOM_MAX_PREEMPTIONS: String(preemptions) }),
    ...(modelSeconds !== undefined && { LOOM_MAX_DURATION: String(modelSeconds) }),
  };
  return run('cargo', ARGUMENTS, { timeoutMs, env });
}
