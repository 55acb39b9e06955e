/** `ferrolite checkpoint` */
import type { CheckpointMode, CheckpointResult } from 'ferrolite/ops';
import { defineCommand, STATUS } from '../command';
import { locate, ops } from '../database';
import { busyTimeout, reporting } from '../options';
import { patiently } from '../patience';
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
    const start = performance.now();
    const outcome = await patiently(
      { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal },
      (busyTimeoutMs) => ops().checkpoint(name, mode, { busyTimeoutMs }),
      ({ busy }) => busy,
    );
    const result: CheckpointResult = { ...outcome, durationMs: performance.now() - start };
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
