/** `ferrolite migrate up --fleet`: the same migrations for every database of a folder. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MigrateAllResult } from 'ferrolite/migrate';
import { STATUS, UsageError, type Context, type Status } from '../command';
import { migrations, pools } from '../database';
import { describeError } from '../errors';
import { counted, duration, printable } from '../text';
import { migratorOptions, type options } from './options';

type Migrated = MigrateAllResult['databases'][number];

/** How many failures people are shown. */
const SHOWN = 20;

export async function upFleet(
  folder: string,
  dir: string,
  context: Context<typeof options>,
): Promise<Status> {
  const { values, output, progress, cancelling } = context;
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`There is no folder ${resolve(folder)}`);
  }
  cancelling.state =
    'Databases that were migrated stay so, one under way has whole migrations: the same command goes on.';
  const started = performance.now();
  const fleet = pools().openFleet(folder);
  const result = await migrations()
    .migrateAll(fleet, dir, {
      ...migratorOptions(values),
      concurrency: values.concurrency,
      maxFailures: values['max-failures'],
      signal: cancelling.signal,
      onProgress: ({ done, total, database }) =>
        progress.show('migrate', {
          done,
          total,
          unit: 'databases',
          object: database.name,
          elapsedMs: performance.now() - started,
        }),
    })
    .finally(() => fleet.close());
  progress.clear();
  cancelling.signal.throwIfAborted();
  const { databases, ...counts } = result;
  const durationMs = performance.now() - started;
  const failed = databases.filter(({ outcome }) => outcome === 'failed');
  const lines = [
    `${resolve(folder)}: ${summary(counts)} (${duration(durationMs)})`,
    ...failed
      .slice(0, SHOWN)
      .map(
        ({ name, error }) =>
          `  ${output.tone('bad', 'failed')} ${printable(name)}: ${describeError(error).message}`,
      ),
    ...(failed.length > SHOWN ? [`  and ${counted(failed.length - SHOWN, 'more failure')}: see --json`] : []),
  ];
  const status = statusOf(result);
  await output.result(
    { directory: resolve(folder), ...counts, durationMs, databases: databases.map(plain) },
    lines,
    status === STATUS.ok,
  );
  return status;
}

function summary({ migrated, unchanged, failed, skipped }: Omit<MigrateAllResult, 'databases'>): string {
  const parts = [
    `${counted(migrated, 'database')} migrated`,
    `${unchanged} had nothing to do`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(skipped === 0 ? [] : [`${skipped} not begun`]),
  ];
  return parts.join(', ');
}

/** The worst of what was found: a lock of others alone is a finding. */
function statusOf({ databases }: MigrateAllResult): Status {
  return databases.reduce<Status>((worst, { outcome, error }) => {
    const status = outcome === 'failed' ? describeError(error).status : STATUS.ok;
    return status > worst ? status : worst;
  }, STATUS.ok);
}

/** For JSON: the error as a text. */
function plain({ error, ...others }: Migrated): object {
  const failure = error === undefined ? undefined : describeError(error);
  return { ...others, ...(failure && { error: { code: failure.code, message: failure.message } }) };
}
