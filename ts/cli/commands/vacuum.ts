/** `ferrolite vacuum` */
import { resolve } from 'node:path';
import { defineCommand, STATUS, UsageError } from '../command';
import { locate, openable, ops } from '../database';
import { busyTimeout, reporting } from '../options';
import { sizes } from '../output';
import { duration, printable } from '../text';

export const command = defineCommand({
  description: [
    'Builds the file anew: without free pages, its tables in one piece each. Nobody else can write meanwhile; the disk must hold a second copy, which is looked at before.',
    'With --into a compact copy is made beside writers that go on. With --incremental free pages are given back in short transactions, between which others can write.',
  ],
  options: {
    ...reporting,
    into: {
      type: 'text',
      value: 'file',
      file: true,
      description: 'Copy the database into this file, which must not exist, and leave it alone.',
    },
    incremental: {
      type: 'flag',
      description:
        'Give free pages back in short transactions; the file needs --auto-vacuum incremental once.',
    },
    'max-pages': {
      type: 'integer',
      value: 'n',
      description: 'With --incremental: so many at most. Default all.',
    },
    'auto-vacuum': {
      type: 'text',
      value: 'mode',
      choices: ['none', 'full', 'incremental'],
      description: 'How the file gives free pages back from here on.',
    },
    ...busyTimeout,
  },
  examples: [
    ['ferrolite vacuum --db app.db', 'The whole file; writers wait.'],
    ['ferrolite vacuum --db app.db --into backup.db', 'A copy; nobody waits.'],
    [
      'ferrolite vacuum --db app.db --auto-vacuum incremental',
      'Once, so that the next line can be every night.',
    ],
    ['ferrolite vacuum --db app.db --incremental --max-pages 10000', 'A part of the free pages.'],
  ],
  async run({ values, output, progress, cancelling }) {
    const { into, incremental, 'auto-vacuum': autoVacuum, 'max-pages': maxPages } = values;
    const ways = [
      into !== undefined && '--into',
      incremental && '--incremental',
      autoVacuum !== undefined && '--auto-vacuum',
    ];
    const given = ways.filter((way) => way !== false);
    if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other`);
    if (maxPages !== undefined && !incremental) throw new UsageError('--max-pages is for --incremental');
    const located = locate(values.db);
    const { name, path } = located;
    await openable(located, { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal });
    const { incrementalVacuum, vacuum, vacuumInto } = ops();
    const options = {
      busyTimeoutMs: values['busy-timeout-ms'],
      signal: cancelling.signal,
      onProgress: (step: Parameters<typeof progress.show>[1]) => progress.show('vacuum', step),
    };
    const done = output.tone('good', 'done');
    if (into !== undefined) {
      cancelling.state = 'There is no copy, and the database is as it was.';
      const result = await vacuumInto(name, into, options);
      progress.clear();
      const { bytesBefore, bytesAfter, durationMs } = result;
      const line = `${done}: ${printable(into)} is a copy, ${sizes(bytesBefore, bytesAfter)} (${duration(durationMs)})`;
      await output.result({ database: path, into: resolve(into), ...result }, [line], true);
      return STATUS.ok;
    }
    cancelling.state = incremental
      ? 'The pages that were given back before stay so; the file is whole.'
      : 'The file is as it was.';
    const result = incremental
      ? await incrementalVacuum(name, { ...options, maxPages })
      : await vacuum(name, { ...options, autoVacuum: autoVacuum as 'full' | undefined });
    progress.clear();
    const { bytesBefore, bytesAfter, truncated, durationMs } = result;
    const line = `${done}: ${sizes(bytesBefore, bytesAfter)} (${duration(durationMs)})`;
    const later = 'a reader still needs pages of before: the file gets its new size with a later checkpoint';
    await output.result({ database: path, ...result }, truncated ? [line] : [line, later], true);
    return STATUS.ok;
  },
});
