/** `ferrolite optimize` */
import { defineCommand, STATUS } from '../command';
import { locate, openable, ops } from '../database';
import { busyTimeout, reporting } from '../options';
import { duration, printable } from '../text';

export const command = defineCommand({
  description: [
    'Analyzes the tables that have changed so much that the query planner would choose badly, and only those. Cheap enough for every hour.',
  ],
  options: {
    ...reporting,
    all: { type: 'flag', short: 'a', description: 'Analyze every table, whether it has changed or not.' },
    table: { type: 'text', value: 'name', description: 'Analyze this table or index alone.' },
    'analysis-limit': {
      type: 'integer',
      value: 'rows',
      description:
        "Rows that are read for each index, about; 0: all. Default: SQLite's choice, with --all or --table all.",
    },
    ...busyTimeout,
  },
  examples: [
    ['ferrolite optimize --db app.db', 'What has changed.'],
    ['ferrolite optimize --db app.db --all', 'After a large import.'],
  ],
  async run({ values, output, progress, cancelling }) {
    const located = locate(values.db);
    const { name, path } = located;
    await openable(located, { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal });
    const { analyze, optimize } = ops();
    cancelling.state = 'Tables that were analyzed before stay so; the rest is as it was.';
    const options = {
      busyTimeoutMs: values['busy-timeout-ms'],
      analysisLimit: values['analysis-limit'],
      signal: cancelling.signal,
      onProgress: (step: Parameters<typeof progress.show>[1]) => progress.show('analyze', step),
    };
    const { objects, durationMs } =
      values.all || values.table !== undefined
        ? await analyze(name, { ...options, name: values.table })
        : await optimize(name, options);
    progress.clear();
    const done = output.tone('good', 'done');
    const line =
      objects.length === 0
        ? `${done}: nothing needs to be analyzed (${duration(durationMs)})`
        : `${done}: analyzed ${objects.map(printable).join(', ')} (${duration(durationMs)})`;
    await output.result({ database: path, objects, durationMs }, [line], true);
    return STATUS.ok;
  },
});
