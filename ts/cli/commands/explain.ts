/** `ferrolite explain` */
import type { QueryPlan } from 'ferrolite/ops';
import { defineCommand, STATUS, UsageError, type Context } from '../command';
import { locate, openPool, ops, reading, type Located } from '../database';
import { busyTimeout, reporting, type Options } from '../options';
import { readParameters } from '../parameters';
import { readInput } from '../stdin';
import { counted, duration, grouped } from '../text';

const options = {
  ...reporting,
  param: {
    type: 'several',
    short: 'p',
    value: 'value',
    description: 'The value of the next parameter, or :name=value, as for ferrolite query.',
  },
  execute: {
    type: 'flag',
    short: 'x',
    description: 'Execute the query too, and print what SQLite has counted.',
  },
  'no-suggest': { type: 'flag', description: 'Look for no indexes.' },
  ...busyTimeout,
} as const satisfies Options;

export const command = defineCommand({
  description: [
    'Prints how SQLite executes a query: what it searches, what it reads from end to end, what it sorts; and indexes that would help, each tried on a copy of the schema. The query is not executed unless --execute is given, and must change nothing then.',
    'The status is 1 when the plan has problems: a full scan, a temporary B-tree, an automatic index. Without statistics SQLite takes every table for a large one: ferrolite optimize comes first.',
  ],
  positionals: [{ name: 'sql', description: 'The query; without it, or with -, standard input.' }],
  options,
  examples: [
    [
      'ferrolite explain --db app.db "SELECT * FROM orders WHERE customer = ?" -p 7',
      'The plan, and indexes.',
    ],
    [
      'ferrolite explain --db app.db --execute --json < report.sql',
      'With what really happened, for a program.',
    ],
  ],
  async run(context) {
    const { values, positionals, output, cancelling } = context;
    const [given = '-'] = positionals;
    const params = readParameters(values.param);
    const sql = given === '-' ? await readInput('SQL', cancelling.signal) : given;
    const located = locate(values.db);
    const { nodes, problems, suggestions, actual, text } = await explained(context, located, sql, params);
    const isFine = problems.length === 0;
    const lines = text === '' ? ['Nothing is searched, read or sorted.'] : text.trimEnd().split('\n');
    if (actual !== undefined) lines.push('', actualLine(actual));
    if (!isFine) {
      const names = [...new Set(problems.map(({ problem }) => problem))].join(', ');
      lines.push('', `${output.tone('warning', counted(problems.length, 'problem'))}: ${names}`);
    }
    for (const { sql: create, estimatedGain, replaces } of suggestions) {
      lines.push('', output.tone('good', 'An index that helps') + gainOf(estimatedGain), `  ${create};`);
      if (replaces.length > 0) lines.push(`  It replaces ${replaces.join(', ')}.`);
    }
    const plan = {
      database: located.path,
      sql,
      nodes,
      problems,
      suggestions,
      ...(actual && { actual }),
      text,
    };
    await output.result(plan, lines, isFine);
    return isFine ? STATUS.ok : STATUS.finding;
  },
});

/** Plans on a connection; what is executed is so on another thread, which can be given up. */
async function explained(
  { values, cancelling }: Context<typeof options>,
  located: Located,
  sql: string,
  params: unknown,
): Promise<QueryPlan> {
  const patience = { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal };
  const suggest = !values['no-suggest'];
  const { explainQuery } = ops();
  if (!values.execute) return reading(located, patience, (db) => explainQuery(db, sql, params, { suggest }));
  if (!(await reading(located, patience, (db) => db.prepare(sql).reader))) {
    throw new UsageError('--execute is for a query that gives rows');
  }
  const pool = await openPool(located, { ...patience, write: false });
  try {
    const explaining = explainQuery(pool, sql, params, { execute: true, suggest });
    // What is left under way ends with the pool.
    explaining.catch(() => {});
    return await Promise.race([explaining, cancelled(cancelling.signal)]);
  } finally {
    await pool.close({ drainMs: 0 });
  }
}

function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

const gainOf = (gain: number | undefined): string =>
  gain === undefined
    ? ''
    : `, ${gain < 10 ? gain.toFixed(1) : grouped(Math.round(gain))} times less work by SQLite's estimate`;

interface Actual {
  readonly rows: number;
  readonly durationMs: number;
  readonly fullScanSteps: number | undefined;
  readonly sorts: number | undefined;
  readonly automaticIndexRows: number | undefined;
  readonly vmSteps: number | undefined;
}

function actualLine({ rows, durationMs, fullScanSteps, sorts, automaticIndexRows, vmSteps }: Actual): string {
  const parts = [
    fullScanSteps === undefined ? [] : [`${counted(fullScanSteps, 'step')} of full scans`],
    sorts === undefined ? [] : [counted(sorts, 'sort')],
    automaticIndexRows === undefined ? [] : [`${counted(automaticIndexRows, 'row')} into automatic indexes`],
    vmSteps === undefined ? [] : [`${counted(vmSteps, 'instruction')}`],
  ].flat();
  return `Executed: ${[counted(rows, 'row'), ...parts, duration(durationMs)].join(', ')}`;
}
