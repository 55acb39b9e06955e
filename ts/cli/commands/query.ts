/** `ferrolite query` */
import { defineCommand, STATUS, UsageError, type Context, type Status } from '../command';
import { locate, NO_LIMIT_MS, openPool, reading, type Located, type Pool } from '../database';
import { busyTimeout, database, type Options } from '../options';
import { jsonOf } from '../output';
import type { Patience } from '../patience';
import { readParameters } from '../parameters';
import { CsvWriter, FORMATS, JsonWriter, type Format, type RowWriter } from '../rows';
import { readInput } from '../stdin';
import { TableWriter } from '../table';
import { counted, duration } from '../text';

const options = {
  ...database,
  format: {
    type: 'text',
    short: 'f',
    value: 'format',
    choices: FORMATS,
    description: 'How rows are printed. Default table.',
  },
  json: { type: 'flag', description: 'The same as --format json.' },
  param: {
    type: 'several',
    short: 'p',
    value: 'value',
    description:
      'The value of the next parameter, or :name=value. A number, null and a "text" are read as JSON, everything else is a text.',
  },
  write: {
    type: 'flag',
    short: 'w',
    description: 'Let the statement write. Without it the file is opened for reading only.',
  },
  'timeout-ms': { type: 'integer', value: 'n', description: 'Give the statement up after so long.' },
  ...busyTimeout,
} as const satisfies Options;

export const command = defineCommand({
  description: [
    'Executes one statement, given as an argument or through standard input, and prints its rows as they come. The file must exist, and is only read unless --write is given.',
    'With --write a text of several statements is executed too, in one transaction: all of it or nothing.',
  ],
  positionals: [{ name: 'sql', description: 'The statement; without it, or with -, standard input.' }],
  options,
  isStream: true,
  examples: [
    ['ferrolite query --db app.db "SELECT * FROM orders LIMIT 5"', 'A table.'],
    [
      'ferrolite query --db app.db --json "SELECT * FROM orders WHERE id = ?" --param 7',
      'JSON, with a parameter.',
    ],
    [
      'ferrolite query --db app.db --format csv < report.sql > report.csv',
      'SQL from a file, CSV into another.',
    ],
    [
      'ferrolite query --db app.db --write "DELETE FROM sessions WHERE expires < :now" -p :now=1735689600',
      'Writing.',
    ],
  ],
  async run(context) {
    const { values, positionals, cancelling } = context;
    if (values.json && values.format !== undefined)
      throw new UsageError('--json and --format exclude each other');
    const params = readParameters(values.param);
    const [given = '-'] = positionals;
    const sql = given === '-' ? await readInput('SQL', cancelling.signal) : given;
    const located = locate(values.db);
    const patience = { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal };
    const form = await formOf(sql, located, patience);
    const pool = await openPool(located, {
      ...patience,
      write: values.write,
      timeoutMs: values['timeout-ms'],
    });
    try {
      if (form.names !== undefined) return await printRows(context, pool, sql, params, form.names);
      if (form.isScript) return await runScript(context, pool, sql, params);
      return await runStatement(context, pool, sql, params);
    } catch (error) {
      if (values.write || (error as { code?: unknown }).code !== 'SQLITE_READONLY') throw error;
      throw new UsageError(
        'The statement writes, and the file was opened for reading only: --write lets it',
        { cause: error },
      );
    } finally {
      await pool.close({ drainMs: 0 });
    }
  },
});

type QueryContext = Context<typeof options>;

interface Form {
  /** Of the columns; undefined for a statement without rows. */
  readonly names: readonly string[] | undefined;
  /** Several statements. */
  readonly isScript: boolean;
}

/** What SQLite makes of the text, without executing it. */
function formOf(sql: string, located: Located, patience: Patience): Promise<Form> {
  return reading(located, patience, (db): Form => {
    try {
      const statement = db.prepare(sql);
      const names = statement.reader ? statement.columns().map((column) => column.name) : undefined;
      return { names, isScript: false };
    } catch (error) {
      const isScript = error instanceof RangeError && error.message.includes('more than one statement');
      if (isScript) return { names: undefined, isScript };
      throw error;
    }
  });
}

async function printRows(
  { values, output, cancelling }: QueryContext,
  pool: Pool,
  sql: string,
  params: unknown,
  names: readonly string[],
): Promise<Status> {
  cancelling.state = values.write ? 'What the statement has written was undone.' : 'Nothing was changed.';
  const format = values.json ? 'json' : ((values.format ?? 'table') as Format);
  const writer: RowWriter =
    format === 'table'
      ? new TableWriter(output, names)
      : format === 'csv'
        ? new CsvWriter(output, names)
        : new JsonWriter(output, names, format === 'json');
  await writer.begin();
  const call = { raw: true, safeIntegers: true, signal: cancelling.signal } as const;
  for await (const row of pool.iterate<unknown[]>(sql, params, call)) await writer.row(row);
  await writer.end();
  return STATUS.ok;
}

async function runStatement(
  { values, output, cancelling }: QueryContext,
  pool: Pool,
  sql: string,
  params: unknown,
): Promise<Status> {
  cancelling.state = 'What the statement has written was undone.';
  const { changes } = await pool.run(sql, params, { signal: cancelling.signal });
  if (values.json || values.format?.endsWith('json')) await output.line(jsonOf({ changes }));
  else if (values.format !== 'csv') await output.line(`${counted(changes, 'row')} changed`);
  return STATUS.ok;
}

async function runScript(
  { values, output, cancelling }: QueryContext,
  pool: Pool,
  sql: string,
  params: unknown,
): Promise<Status> {
  if (!values.write)
    throw new UsageError(
      'This is more than one statement: only --write executes several, in one transaction',
    );
  if (Object.keys(params as object).length > 0) throw new UsageError('--param is for one statement');
  cancelling.state = 'What the script has written was undone.';
  const start = performance.now();
  const limits = { maxHoldMs: NO_LIMIT_MS, signal: cancelling.signal };
  await pool.transaction((tx) => tx.exec(sql), limits);
  const durationMs = performance.now() - start;
  if (values.json || values.format?.endsWith('json')) await output.line(jsonOf({ durationMs }));
  else if (values.format !== 'csv')
    await output.line(`${output.tone('good', 'done')} (${duration(durationMs)})`);
  return STATUS.ok;
}
