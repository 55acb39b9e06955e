/** `ferrolite import` */
import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { defineCommand, STATUS, UsageError } from '../command';
import { locate, NO_LIMIT_MS, openPool, ops } from '../database';
import { jsonLines } from '../json-lines';
import { BULK_FORMATS, busyTimeout, csv, reporting } from '../options';
import { counted, duration } from '../text';

export const command = defineCommand({
  description: [
    'Inserts the rows of a file, or of standard input, into a table that exists: all of them or, when one is wrong, none. An error says the line.',
    'Values of CSV are texts, of which the types of the columns make numbers. NDJSON is an object on each line.',
  ],
  positionals: [
    { name: 'table', description: 'The table.', required: true },
    { name: 'file', description: 'The file; without it, or with -, standard input.' },
  ],
  options: {
    ...reporting,
    format: {
      type: 'text',
      short: 'f',
      value: 'format',
      choices: BULK_FORMATS,
      description: 'How rows are written. Default csv, or that of the file name.',
    },
    columns: {
      type: 'text',
      value: 'a,b,c',
      description: 'The columns, in the order of the fields; instead of the names in the first line.',
    },
    ...csv,
    'on-conflict': {
      type: 'text',
      value: 'way',
      choices: ['ignore', 'replace'],
      description: 'What is done with a row that a unique constraint refuses. Default: it is an error.',
    },
    'commit-every': {
      type: 'integer',
      value: 'rows',
      description:
        'Commit after so many rows, which stay when a later one is wrong. Default: all rows are one transaction.',
    },
    ...busyTimeout,
  },
  examples: [
    [
      'ferrolite import cities cities.csv --db app.db',
      'A file whose first line has the names of the columns.',
    ],
    ['gunzip < orders.ndjson.gz | ferrolite import orders --format ndjson --db app.db', 'From a pipe.'],
    [
      'ferrolite import users users.csv --db app.db --on-conflict ignore --commit-every 100000',
      'Rows that are there already are passed over; others can write in between.',
    ],
  ],
  async run({ values, positionals: [table = '', file = '-'], output, progress, cancelling }) {
    const located = locate(values.db);
    const format = values.format ?? (/\.(?:ndjson|jsonl)$/.test(file) ? 'ndjson' : 'csv');
    if (
      format !== 'csv' &&
      (values['no-header'] || values.separator !== undefined || values['null-text'] !== undefined)
    ) {
      throw new UsageError('--no-header, --separator and --null-text are for CSV');
    }
    const total = file === '-' ? undefined : sizeOf(file);
    if (file === '-' && process.stdin.isTTY)
      throw new UsageError('There is no file: name one, or give it through a pipe');
    const pool = await openPool(located, {
      write: true,
      busyTimeoutMs: values['busy-timeout-ms'],
      signal: cancelling.signal,
    });
    const start = performance.now();
    const read = { bytes: 0 };
    cancelling.state = 'Nothing was imported.';
    const every = values['commit-every'];
    const options = {
      columns: values.columns?.split(','),
      onConflict: values['on-conflict'] as 'ignore' | 'replace' | undefined,
      transactionRows: every,
      maxHoldMs: NO_LIMIT_MS,
      signal: cancelling.signal,
      onProgress: ({ rows }: { readonly rows: number }) => {
        if (every !== undefined) cancelling.state = `${counted(rows - (rows % every), 'row')} or more stay.`;
        const elapsedMs = performance.now() - start;
        progress.show('import', {
          done: total === undefined ? rows : read.bytes,
          total,
          unit: total === undefined ? 'rows' : 'bytes',
          elapsedMs,
        });
      },
    };
    try {
      const source = counting(file === '-' ? process.stdin : createReadStream(file), read, cancelling.signal);
      const { insertMany, importCsv } = ops();
      const { rows, changes, transactions } =
        format === 'csv'
          ? await importCsv(pool, table, source, {
              ...options,
              header: !values['no-header'],
              separator: values.separator,
              nullText: values['null-text'],
            })
          : await insertMany(pool, table, jsonLines(source), options);
      progress.clear();
      const durationMs = performance.now() - start;
      const passedOver = rows === changes ? '' : `, ${counted(rows - changes, 'row')} passed over`;
      const line = `${output.tone('good', 'done')}: ${counted(changes, 'row')}${passedOver} (${duration(durationMs)})`;
      await output.result(
        { database: located.path, table, rows, changes, transactions, durationMs },
        [line],
        true,
      );
      return STATUS.ok;
    } finally {
      await pool.close({ drainMs: 0 });
    }
  },
});

/** @throws {UsageError} where there is no file. */
function sizeOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`There is no file ${file}`);
  if (stat.isDirectory()) throw new UsageError(`${file} is a directory`);
  return stat.size;
}

/** The pieces of a stream, counted. */
async function* counting(
  stream: Readable,
  read: { bytes: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of addAbortSignal(signal, stream)) {
    read.bytes += (piece as Uint8Array).length;
    yield piece as Uint8Array;
  }
  return undefined;
}
