/** `ferrolite export` */
import { createWriteStream, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { defineCommand, STATUS, UsageError } from '../command';
import { locate, openPool, ops, reading } from '../database';
import { BULK_FORMATS, busyTimeout, csv, database } from '../options';
import { readParameters } from '../parameters';
import { bytes, duration, printable } from '../text';

export const command = defineCommand({
  description: [
    'Writes a table, or with --sql the rows of a query, as CSV or NDJSON: to standard output, or with --output into a file that has its name once it is whole.',
  ],
  positionals: [{ name: 'table', description: 'The table or view; without it, --sql.' }],
  options: {
    ...database,
    format: {
      type: 'text',
      short: 'f',
      value: 'format',
      choices: BULK_FORMATS,
      description: 'How rows are written. Default csv, or that of the file name in --output.',
    },
    sql: { type: 'text', value: 'text', description: 'The query whose rows are written.' },
    param: {
      type: 'several',
      short: 'p',
      value: 'value',
      description: 'A value for --sql, as for ferrolite query.',
    },
    output: {
      type: 'text',
      short: 'o',
      value: 'file',
      file: true,
      description: 'The file, which must not exist. Default standard output.',
    },
    force: { type: 'flag', description: 'Replace the file of --output.' },
    ...csv,
    hex: { type: 'flag', description: 'Write blobs in hexadecimal. Default base64.' },
    ...busyTimeout,
  },
  isStream: true,
  examples: [
    ['ferrolite export orders --db app.db > orders.csv', 'A table as CSV.'],
    ['ferrolite export orders --db app.db --output orders.ndjson', 'As objects, one on each line.'],
    [
      'ferrolite export --db app.db --sql "SELECT * FROM orders WHERE total > ?" -p 100 | gzip > large.csv.gz',
      'The rows of a query.',
    ],
  ],
  async run({ values, positionals: [table], output, progress, cancelling }) {
    const { output: file, force, sql: query, param } = values;
    if ((table === undefined) === (query === undefined))
      throw new UsageError('Expected either a table or --sql');
    if (table !== undefined && param.length > 0) throw new UsageError('--param is for --sql');
    if (file !== undefined && !force && existsSync(file)) {
      throw new UsageError(`${printable(file)} exists: --force replaces it`);
    }
    const params = readParameters(param);
    const located = locate(values.db);
    const patience = { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal };
    const sql = query ?? `SELECT * FROM "${(table ?? '').replaceAll('"', '""')}"`;
    // Before a file is made: what is wrong with the query, and whether it gives rows.
    requireColumns(
      await reading(located, patience, (db) => {
        const statement = db.prepare(sql);
        return statement.reader ? statement.columns().map((column) => column.name) : [];
      }),
    );
    const pool = await openPool(located, { ...patience, write: false });
    const start = performance.now();
    let written = 0;
    try {
      const rows = ops().exportRows(pool, sql, {
        format: formatOf(values.format, file),
        params,
        header: !values['no-header'],
        separator: values.separator,
        nullText: values['null-text'],
        lineEnd: '\n',
        blobs: values.hex ? 'hex' : 'base64',
        signal: cancelling.signal,
      });
      const target = file === undefined ? standardOutput(output) : partialFile(file);
      cancelling.state = file === undefined ? 'The output is incomplete.' : 'No file was written.';
      try {
        for await (const piece of rows) {
          await target.write(piece);
          written += piece.length;
          if (file !== undefined) show(written);
        }
        await target.end();
      } catch (error) {
        target.undo();
        throw error;
      }
    } finally {
      await pool.close({ drainMs: 0 });
    }
    progress.clear();
    if (file !== undefined) {
      const durationMs = performance.now() - start;
      process.stderr.write(`${printable(file)}: ${bytes(written)} (${duration(durationMs)})\n`);
    }
    return STATUS.ok;

    function show(done: number): void {
      progress.show('export', {
        done,
        total: undefined,
        unit: 'bytes',
        elapsedMs: performance.now() - start,
      });
    }
  },
});

const formatOf = (format: string | undefined, file: string | undefined): 'csv' | 'ndjson' =>
  (format as 'csv' | undefined) ?? (/\.(?:ndjson|jsonl)$/.test(file ?? '') ? 'ndjson' : 'csv');

/** @throws {UsageError} for a statement without rows, and where the name of a column does not say which it is. */
function requireColumns(names: readonly string[]): void {
  if (names.length === 0) throw new UsageError('The statement of --sql gives no rows');
  const twice = names.find((name, column) => names.indexOf(name) !== column);
  if (twice !== undefined) throw new UsageError(`Two columns are called "${twice}": name them apart with AS`);
}

interface Target {
  write(piece: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Takes back what was written, where that can be. */
  undo(): void;
}

function standardOutput(output: { write(piece: Uint8Array): Promise<void> }): Target {
  return { write: (piece) => output.write(piece), end: () => Promise.resolve(), undo: () => {} };
}

/** A file that gets its name at the end. */
function partialFile(file: string): Target {
  const whole = resolve(file);
  const partial = `${whole}.${process.pid}.partial`;
  // At once: an opening that is under way would make the file after it was removed.
  const stream = createWriteStream(partial, { fd: openSync(partial, 'wx'), flush: true } as object);
  const ended = finished(stream);
  ended.catch(() => {});
  return {
    async write(piece) {
      if (!stream.write(piece))
        await Promise.race([new Promise((done) => stream.once('drain', done)), ended]);
    },
    async end() {
      stream.end();
      await ended;
      renameSync(partial, whole);
    },
    undo() {
      stream.destroy();
      rmSync(partial, { force: true });
    },
  };
}
