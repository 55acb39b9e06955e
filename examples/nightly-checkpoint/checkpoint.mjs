// Truncates the write-ahead log and says honestly whether that happened. For cron or a systemd timer.
//
//   node checkpoint.mjs [path or URL] [--busy-timeout-ms=60000]
//
// Exit status: 0 the log is empty, 1 others kept it in use, 2 it could not be tried.
import { parseArgs } from 'node:util';
import { truncateWal } from 'ferrolite';

const TRUNCATED = 0;
const IN_USE = 1;
const FAILED = 2;

function readArguments() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    // A minute: at night a job can wait longer than a request.
    options: { 'busy-timeout-ms': { type: 'string', default: '60000' } },
  });
  if (positionals.length > 1) throw new TypeError('Expected one path at most');
  return { path: positionals[0], busyTimeoutMs: Number(values['busy-timeout-ms']) };
}

/** One line about the outcome, and the exit status that belongs to it. */
function judge({ truncated, busy, walFrames, checkpointedFrames, durationMs }) {
  const after = `after ${Math.round(durationMs)} ms`;
  if (truncated) return [TRUNCATED, `truncated: the log is empty ${after}`];
  if (!busy) return [FAILED, 'not truncated: the database is not in WAL mode, so it has no log'];
  const copied =
    walFrames < 0
      ? 'not even its size could be read'
      : `${checkpointedFrames} of ${walFrames} pages are copied`;
  return [IN_USE, `NOT truncated: a reader or writer still held the log ${after}; ${copied}`];
}

try {
  const [status, line] = judge(await truncateWal(readArguments()));
  (status === TRUNCATED ? console.log : console.error)(line);
  process.exitCode = status;
} catch (error) {
  console.error(`failed: ${error.code ?? error.name}: ${error.message}`);
  process.exitCode = FAILED;
}
