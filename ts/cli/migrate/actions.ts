/** What `ferrolite migrate` can do with one database. */
import { relative, resolve } from 'node:path';
import type { MigrationResult, MigrationStatus, Migrator, VerifyResult } from 'ferrolite/migrate';
import { STATUS, UsageError, type Status } from '../command';
import type { Output } from '../output';
import { counted, duration, printable } from '../text';
import { APPLYING_TO_FLEETS, WRITING, type Given } from './options';
import { isFine, planJson, planLines } from './plan';
import { findingLines } from './findings';
import { diffLines } from './schema-diff';

/** What an action works with. */
export interface Work {
  readonly migrator: Migrator;
  /** Of the database. */
  readonly path: string;
  readonly values: Given;
  /** What stands behind the action. */
  readonly argument: string | undefined;
  readonly output: Output;
  /** Takes the line of progress away. */
  readonly clear: () => void;
}

export interface Action {
  /** What the argument is called; none is taken without it. */
  readonly argument?: string;
  readonly isRequired?: boolean;
  /** The database is not created. */
  readonly needsFile?: boolean;
  readonly options: readonly (keyof Given)[];
  run(work: Work): Promise<Status>;
}

export const actions: Readonly<Record<string, Action>> = {
  status: {
    options: ['check', 'fleet'],
    async run({ migrator, path, values, output }) {
      const status = await migrator.status();
      const { applied, pending, ...others } = status;
      const isCurrent = pending.length + others.problems.length === 0;
      const value = {
        database: path,
        isCurrent,
        applied: applied.map(withoutText),
        pending: pending.map(({ name, version, file }) => ({ name, version, file })),
        ...others,
      };
      await output.result(value, statusLines(status, path, output), isCurrent);
      return values.check && !isCurrent ? STATUS.finding : STATUS.ok;
    },
  },
  plan: {
    options: ['rehearse', 'allow-row-loss', 'application-id', 'lock-timeout-ms'],
    async run({ migrator, path, values, output, clear }) {
      const plan = await migrator.plan({ rehearse: values.rehearse !== 'never' });
      clear();
      await output.result({ database: path, ...planJson(plan) }, planLines(plan, path, output), isFine(plan));
      return isFine(plan) ? STATUS.ok : STATUS.finding;
    },
  },
  up: {
    options: APPLYING_TO_FLEETS,
    run: (work) => apply(work, ({ migrator }) => migrator.up()),
  },
  down: {
    needsFile: true,
    argument: 'count',
    options: APPLYING_TO_FLEETS,
    run: (work) => {
      const count = countOf(work.argument);
      return apply(work, ({ migrator }) => migrator.down(count));
    },
  },
  to: {
    argument: 'version',
    isRequired: true,
    options: APPLYING_TO_FLEETS,
    run: (work) => apply(work, ({ migrator, argument }) => migrator.to(argument!)),
  },
  baseline: {
    needsFile: true,
    argument: 'version',
    options: WRITING,
    async run({ migrator, path, argument, output }) {
      const recorded = await migrator.baseline(argument);
      const lines = named(
        `${output.tone('good', 'done')}: ${counted(recorded.length, 'migration')} recorded, none executed`,
        recorded,
      );
      await output.result({ database: path, recorded }, lines, true);
      return STATUS.ok;
    },
  },
  verify: {
    options: [],
    async run({ migrator, path, output }) {
      const result = await migrator.verify();
      await output.result({ database: path, ...result }, verifyLines(result, path, output), result.ok);
      return result.ok ? STATUS.ok : STATUS.finding;
    },
  },
  repair: {
    needsFile: true,
    options: [...WRITING, 'forget-missing'],
    async run({ migrator, path, values, output }) {
      const result = await migrator.repair({ forgetMissing: values['forget-missing'] });
      const { accepted, forgotten, schema } = result;
      const done = output.tone('good', 'done');
      const lines = [
        ...named(
          `${done}: the schema is accepted as it is, and ${counted(accepted.length, 'changed file')}`,
          accepted,
        ),
        ...(forgotten.length === 0 ? [] : named('forgotten', forgotten)),
        ...(schema.length === 0 ? [] : ['accepted of the schema', ...diffLines(schema, output)]),
      ];
      await output.result({ database: path, ...result }, lines, true);
      return STATUS.ok;
    },
  },
  'hand-back': {
    needsFile: true,
    options: WRITING,
    async run({ migrator, path, output }) {
      const result = await migrator.handBack();
      const done = output.tone('good', 'done');
      const head = `${done}: the table of ${result.tool} says what was applied, ${counted(result.written.length, 'row')} added`;
      await output.result({ database: path, ...result }, named(head, result.written), true);
      return STATUS.ok;
    },
  },
  new: {
    argument: 'name',
    isRequired: true,
    options: ['language'],
    async run({ migrator, argument, values, output }) {
      const files = migrator.new(argument!, (values.language ?? 'sql') as 'sql');
      const lines = files.map((file) => printable(relative(process.cwd(), file)));
      await output.result({ files: files.map((file) => resolve(file)) }, lines, false);
      return STATUS.ok;
    },
  },
};

/** How many are undone. @throws {UsageError} */
export function countOf(argument = '1'): number {
  const count = Number(argument);
  if (!/^\d+$/.test(argument) || !Number.isSafeInteger(count) || count === 0) {
    throw new UsageError(`migrate down takes how many are undone, not "${argument}"`);
  }
  return count;
}

/** What was executed is in the files. */
function withoutText(row: MigrationStatus['applied'][number]): object {
  const { text: _, ...others } = row;
  return others;
}

const named = (head: string, names: readonly string[]): string[] => [
  head,
  ...names.map((name) => `  ${printable(name)}`),
];

async function apply(work: Work, run: (work: Work) => Promise<MigrationResult>): Promise<Status> {
  const { path, output, clear } = work;
  const result = await run(work);
  clear();
  const { runs, adopted, backup } = result;
  const undone = runs.filter(({ direction }) => direction === 'down').length;
  const parts = [
    ...(undone === 0 ? [] : [`${counted(undone, 'migration')} undone`]),
    ...(undone === runs.length ? [] : [`${counted(runs.length - undone, 'migration')} applied`]),
  ];
  const total = runs.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const lines = [
    runs.length === 0
      ? 'nothing is to be done'
      : `${output.tone('good', 'done')}: ${parts.join(', ')} (${duration(total)})`,
    ...output.rows(
      runs.map(({ name, direction, durationMs }) => [direction, printable(name), duration(durationMs)]),
      [],
      '  ',
    ),
    ...(adopted === undefined ? [] : [`The table of ${adopted} was taken over.`]),
    ...(backup === undefined ? [] : [`The database of before is ${printable(backup)}`]),
  ];
  await output.result({ database: path, ...result }, lines, true);
  return STATUS.ok;
}

function statusLines(status: MigrationStatus, path: string, output: Output): string[] {
  const { applied: rows, pending, adopts } = status;
  const verdict =
    pending.length === 0
      ? output.tone('good', 'nothing is pending')
      : output.tone('warning', `${counted(pending.length, 'migration')} pending`);
  const known = rows.map(({ name, origin, appliedAt, stepsDone }) => {
    const word = stepsDone === undefined ? 'applied' : 'interrupted';
    return [word, printable(name), appliedAt, origin === 'applied' ? '' : origin];
  });
  return [
    `${printable(path)}: ${counted(rows.length, 'migration')} applied, ${verdict}`,
    ...output.rows([...known, ...pending.map(({ name }) => ['pending', printable(name), '', ''])], [], '  '),
    ...(adopts === undefined
      ? []
      : [`The table of ${adopts} says so, and is taken over by the next migration.`]),
    ...findingLines(status, output),
  ];
}

function verifyLines(result: VerifyResult, path: string, output: Output): string[] {
  const { ok, drift } = result;
  const verdict = ok
    ? output.tone('good', 'is what the migrations have made')
    : output.tone('bad', 'has changed');
  const unknown = drift === undefined ? ['The schema was never recorded: nothing is known about it.'] : [];
  return [`${printable(path)}: ${verdict}`, ...unknown, ...findingLines(result, output)];
}
