/** `ferrolite stats` */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseStats } from 'ferrolite/ops';
import { defineCommand, STATUS, UsageError, type Context } from '../command';
import { locate, ops } from '../database';
import { Live, sparkline } from '../live';
import { busyTimeout, database, type Options } from '../options';
import { isTerminal, jsonOf, type Output } from '../output';
import { patiently } from '../patience';
import { bytes, counted, grouped, printable } from '../text';

const options = {
  ...database,
  json: { type: 'flag', description: 'Print one line of JSON for programs; with --watch one for each look.' },
  objects: {
    type: 'integer',
    short: 'n',
    value: 'n',
    description: 'List so many of the largest tables and indexes, which reads the whole file.',
  },
  watch: { type: 'flag', short: 'w', description: 'Look again and again, until Ctrl-C.' },
  'interval-ms': {
    type: 'integer',
    value: 'n',
    description: 'With --watch: between two looks. Default 1000.',
  },
  count: { type: 'integer', value: 'n', description: 'With --watch: end after so many looks.' },
  ...busyTimeout,
} as const satisfies Options;

export const command = defineCommand({
  description: [
    'Says what a database is made of: pages, free pages, its write-ahead log, who reads from that, and on demand its largest tables and indexes. Changes nothing, and copies nothing from the log.',
    'With --watch a terminal shows the last look and how the log has grown; elsewhere each look is a line.',
  ],
  options,
  examples: [
    ['ferrolite stats --db app.db --objects 10', 'Once, with the largest tables and indexes.'],
    ['ferrolite stats --db app.db --watch', 'A live view.'],
    [
      'ferrolite stats --db app.db --watch --json --interval-ms 60000 >> stats.ndjson',
      'A record, a line each minute.',
    ],
  ],
  async run(context) {
    const { values, output, cancelling } = context;
    const { watch, count, 'interval-ms': interval } = values;
    if (!watch && (count !== undefined || interval !== undefined)) {
      throw new UsageError('--count and --interval-ms are for --watch');
    }
    const { name, path } = locate(values.db);
    const look = async (): Promise<Look> => {
      const patience = { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal };
      const { objects } = values;
      const found = await patiently(patience, (busyTimeoutMs) =>
        ops().databaseStats(name, { objects, busyTimeoutMs }),
      );
      // Of this process: they say nothing about the application.
      const { path: _, connections: __, connection: ___, ...stats } = found;
      return { at: new Date(), stats };
    };
    if (watch) return watching(context, path, look);
    const { stats } = await look();
    if (values.json) await output.line(jsonOf({ database: path, ...stats }));
    else for (const line of describe(path, stats, output)) await output.line(line);
    return STATUS.ok;
  },
});

type Stats = Omit<DatabaseStats, 'path' | 'connections' | 'connection'>;

interface Look {
  readonly at: Date;
  readonly stats: Stats;
}

/** How many looks the picture of the log shows. */
const HISTORY = 60;

async function watching(
  { values, output, cancelling }: Context<typeof options>,
  path: string,
  look: () => Promise<Look>,
): Promise<0> {
  const live = isTerminal(output.stream) && !values.json ? new Live(output.stream) : undefined;
  const log: number[] = [];
  for (let looks = 0; looks < (values.count ?? Infinity); looks++) {
    if (looks > 0 && !(await waited(values['interval-ms'] ?? 1000, cancelling.signal))) break;
    const seen = await unlessAborted(look(), cancelling.signal);
    if (seen === undefined) break;
    const { at, stats } = seen;
    log.push(stats.wal?.bytes ?? 0);
    if (log.length > HISTORY) log.shift();
    if (values.json) await output.line(jsonOf({ at: at.toISOString(), database: path, ...stats }));
    else if (live === undefined) await output.line(lineOf(at, stats));
    else
      live.draw([
        ...describe(path, stats, output),
        `  ${sparkline(log)}  the log, ${bytes(log.at(-1) ?? 0)}`,
      ]);
    if (cancelling.signal.aborted) break;
  }
  // Ctrl-C is how one ends it, and nothing was under way.
  return STATUS.ok;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** False: it was given up. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** A line for each look, where there is no terminal. */
function lineOf(at: Date, { fileBytes, freePages, wal, readers }: Stats): string {
  const log = wal === undefined ? [] : [`log ${bytes(wal.bytes)}`, `${grouped(waiting(wal))} frames to copy`];
  const parts = [bytes(fileBytes), counted(freePages, 'free page'), ...log, ...readersOf(readers)];
  return `${at.toISOString()}  ${parts.join(', ')}`;
}

const waiting = ({ frames, checkpointedFrames }: NonNullable<Stats['wal']>): number =>
  frames - checkpointedFrames;

const readersOf = (readers: Stats['readers']): string[] =>
  readers === undefined ? [] : [counted(readers.length, 'reader')];

function describe(path: string, stats: Stats, output: Output): string[] {
  const { fileBytes, pageBytes, pages, freePages, autoVacuum, journalMode, wal, readers, objects } = stats;
  const part = pages === 0 ? 0 : Math.round((100 * freePages) / pages);
  const rows = [
    ['file', `${bytes(fileBytes)}, ${counted(pages, 'page')} of ${bytes(pageBytes)}`],
    ['free', `${counted(freePages, 'page')}, ${part} %; auto_vacuum ${autoVacuum}`],
    ['journal', journalMode],
  ];
  if (wal !== undefined) {
    rows.push([
      'log',
      `${bytes(wal.bytes)}, ${counted(wal.frames, 'frame')}, ${grouped(waiting(wal))} to copy`,
    ]);
  }
  if (readers !== undefined) rows.push(['readers', readers.length === 0 ? 'none' : String(readers.length)]);
  const lines = [output.tone('strong', printable(path)), ...output.rows(rows, [], '  ')];
  const who = readers?.map(({ pid, command: program, framesBehind }) => [
    pid === undefined ? 'another process' : `process ${pid}`,
    program === undefined ? '' : printable(program),
    `${counted(framesBehind, 'frame')} behind`,
  ]);
  if (who !== undefined && who.length > 0) lines.push(...output.rows(who, [], '    '));
  if (objects.length === 0) return lines;
  const parts = objects.map(({ name, type, table, pages: own, bytes: size, unusedBytes }) => [
    type,
    printable(type === 'index' ? `${name} on ${table}` : name),
    counted(own, 'page'),
    bytes(size),
    `${size === 0 ? 0 : Math.round((100 * unusedBytes) / size)} % unused`,
  ]);
  return [...lines, '', ...output.rows(parts, [], '  ')];
}
