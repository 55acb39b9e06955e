/** `ferrolite migrate` with `--fleet`: the same for every database of a folder. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MigrateAllOptions, MigrateAllResult } from 'ferrolite/migrate';
import { STATUS, UsageError, type Context, type Status } from '../command';
import { migrations, pools } from '../database';
import { describeError } from '../errors';
import { counted, duration, grouped, printable } from '../text';
import { migratorOptions, type options } from './options';

type Migrated = MigrateAllResult['databases'][number];

/** How many failures people are shown. */
const SHOWN = 20;

interface Looked {
  readonly name: string;
  readonly path: string;
  readonly pending: readonly string[];
  /** Why they would be refused, what others have changed of the schema, or why the file cannot be read. */
  readonly findings: readonly string[];
}

/** Says which databases are not up to date. */
export async function fleetStatus(
  folder: string,
  dir: string,
  context: Context<typeof options>,
): Promise<Status> {
  const { values, output, progress, cancelling } = context;
  // What is wrong with these is wrong for all.
  migrations().readMigrations(dir);
  const fleet = fleetOf(folder);
  const names = await fleet.list().finally(() => fleet.close());
  const started = performance.now();
  const databases: Looked[] = [];
  for (const [done, name] of names.entries()) {
    progress.show('status', {
      done,
      total: names.length,
      unit: 'databases',
      object: name,
      elapsedMs: performance.now() - started,
    });
    const path = resolve(folder, `${name}.db`);
    const found = await look(path, dir, values).catch((error: unknown) => {
      return { pending: [], findings: [describeError(error).message] };
    });
    databases.push({ name, path, ...found });
    // Otherwise no signal would be heard.
    await new Promise((turn) => setImmediate(turn));
    cancelling.signal.throwIfAborted();
  }
  progress.clear();
  const behind = databases.filter(({ pending, findings }) => pending.length + findings.length > 0);
  const isCurrent = behind.length === 0;
  const verdict = isCurrent
    ? output.tone('good', 'all are up to date')
    : output.tone('warning', `${grouped(behind.length)} not up to date`);
  const lines = [
    `${printable(resolve(folder))}: ${counted(names.length, 'database')}, ${verdict}`,
    ...behind.slice(0, SHOWN).map(({ name, pending, findings }) => {
      const parts = [...(pending.length === 0 ? [] : [`${pending.length} pending`]), ...findings];
      return `  ${printable(name)}: ${parts.map(printable).join(', ')}`;
    }),
    ...(behind.length > SHOWN ? [`  and ${grouped(behind.length - SHOWN)} more: see --json`] : []),
  ];
  await output.result({ directory: resolve(folder), isCurrent, databases }, lines, isCurrent);
  return values.check && !isCurrent ? STATUS.finding : STATUS.ok;
}

async function look(
  path: string,
  dir: string,
  values: Context<typeof options>['values'],
): Promise<Omit<Looked, 'name' | 'path'>> {
  const migrator = new (migrations().Migrator)(path, dir, migratorOptions(values));
  const { pending, problems, drift = [] } = await migrator.status();
  return {
    pending: pending.map((each) => each.name),
    findings: [
      ...problems.filter(({ code }) => code !== 'FERROLITE_MIGRATION_DRIFT').map(({ message }) => message),
      ...drift.map(({ type, name, change }) => `others have ${change} the ${type} ${name}`),
    ],
  };
}

function fleetOf(folder: string): ReturnType<ReturnType<typeof pools>['openFleet']> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`There is no folder ${resolve(folder)}`);
  }
  return pools().openFleet(folder);
}

/** @param what - To which migration, or how many are undone; else what is pending is applied. */
export async function migrateFleet(
  folder: string,
  dir: string,
  context: Context<typeof options>,
  what: Pick<MigrateAllOptions, 'to' | 'down'>,
): Promise<Status> {
  const { values, output, progress, cancelling } = context;
  const next = what.down === undefined ? 'the same command goes on' : 'migrate to <version> goes on';
  cancelling.state = `Databases that were migrated stay so, one under way has whole migrations: ${next}.`;
  const started = performance.now();
  const fleet = fleetOf(folder);
  const result = await migrations()
    .migrateAll(fleet, dir, {
      ...migratorOptions(values),
      ...what,
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
    `${grouped(unchanged)} had nothing to do`,
    ...(failed === 0 ? [] : [`${grouped(failed)} failed`]),
    ...(skipped === 0 ? [] : [`${grouped(skipped)} not begun`]),
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
