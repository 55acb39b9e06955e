/** `ferrolite checkpoint` */
import type { CheckpointMode, CheckpointResult } from 'ferrolite/ops';
import { defineCommand, STATUS } from '../command';
import { locate, ops } from '../database';
import { busyTimeout, reporting } from '../options';
import { duration, grouped } from '../text';

export const command = defineCommand({
  description: [
    'Copies pages from the write-ahead log into the database file, beside an application that goes on.',
    'Mode passive waits for nobody. The others wait for readers and writers, and keep writers waiting for a tenth of a second at a time: full copies everything, restart makes the next writer begin the log anew, truncate gives its disk space back. The status is 1 when somebody kept it from finishing.',
  ],
  options: {
    ...reporting,
    mode: {
      type: 'text',
      short: 'm',
      value: 'mode',
      choices: ['passive', 'full', 'restart', 'truncate'],
      description: 'What is done. Default passive.',
    },
    ...busyTimeout,
  },
  examples: [
    ['ferrolite checkpoint --db app.db', 'Copy what can be copied without waiting.'],
    [
      'ferrolite checkpoint --db app.db --mode truncate --busy-timeout-ms 60000',
      'Give the disk space of the log back, and wait a minute for readers: for every night.',
    ],
  ],
  async run({ values, output, cancelling }) {
    const { name, path } = locate(values.db);
    const mode = (values.mode ?? 'passive') as CheckpointMode;
    cancelling.state = 'What was copied stays so, and the rest is in the log: nothing is lost.';
    const timeoutMs = values['busy-timeout-ms'] ?? 5000;
    const result = await patiently(timeoutMs, cancelling.signal, (busyTimeoutMs) =>
      ops().checkpoint(name, mode, { busyTimeoutMs }),
    );
    const { busy, walFrames, checkpointedFrames, truncated, durationMs } = result;
    const after = `(${duration(durationMs)})`;
    const copied =
      walFrames < 0
        ? 'not even its size could be read'
        : `${grouped(checkpointedFrames)} of ${grouped(walFrames)} pages are in the database file`;
    const line = busy
      ? `${output.tone('warning', 'busy')}: a reader, a writer or another checkpoint held the log; ${copied} ${after}`
      : truncated
        ? `${output.tone('good', mode === 'truncate' ? 'truncated' : 'done')}: the log is empty ${after}`
        : `${output.tone('good', 'done')}: ${copied} ${after}`;
    await output.result({ database: path, ...result }, [line], !busy);
    return busy ? STATUS.finding : STATUS.ok;
  },
});

/** A thread inside of SQLite hears of nothing, so it waits for this long at a time. */
const SLICE_MS = 200;

/** Tries until somebody's locks are gone, the time is over or the signal is aborted. */
async function patiently(
  timeoutMs: number,
  signal: AbortSignal,
  attempt: (busyTimeoutMs: number) => Promise<CheckpointResult>,
): Promise<CheckpointResult> {
  const start = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const left = Math.max(0, Math.round(timeoutMs - (performance.now() - start)));
    const result = await attempt(Math.min(SLICE_MS, left));
    if (!result.busy || left <= SLICE_MS) return { ...result, durationMs: performance.now() - start };
  }
}
