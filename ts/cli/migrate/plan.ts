/** `ferrolite migrate plan`: what would be done, for a person to read. */
import { relative } from 'node:path';
import type { MigrationPlan } from 'ferrolite/migrate';
import { describeError } from '../errors';
import type { Output } from '../output';
import { bytes, counted, duration, grouped, printable, wrapped } from '../text';
import { findingLines } from './findings';
import { diffLines } from './schema-diff';

type Planned = MigrationPlan['migrations'][number];
type Rehearsal = NonNullable<MigrationPlan['rehearsal']>;
type Rehearsed = Rehearsal['migrations'][number];

const WIDTH = 100;

/** Whether `up` would go through, as far as is known. */
export const isFine = ({ problems, rehearsal }: MigrationPlan): boolean =>
  problems.length === 0 && rehearsal?.error === undefined;

export function planLines(plan: MigrationPlan, path: string, output: Output): string[] {
  const { migrations, adopts, rehearsal } = plan;
  const count = migrations.length;
  const verdict =
    count === 0
      ? output.tone('good', 'nothing is pending')
      : `${counted(count, 'migration')} would be applied`;
  const rehearsed = new Map(rehearsal?.migrations.map((each) => [each.name, each]));
  return [
    `${printable(path)}: ${verdict}`,
    ...(adopts === undefined ? [] : [`The table of ${adopts} is taken over.`]),
    ...findingLines(plan, output, 'refused'),
    ...migrations.flatMap((each) => [''].concat(migrationLines(each, rehearsed.get(each.name), output))),
    ...(rehearsal === undefined ? [] : ['', ...rehearsalLines(rehearsal, output)]),
  ];
}

function migrationLines(planned: Planned, rehearsed: Rehearsed | undefined, output: Output): string[] {
  const { name, file, statements, isOneTransaction, notes, warnings } = planned;
  const what = statements.length === 0 ? 'a function' : counted(statements.length, 'statement');
  const way = isOneTransaction ? 'one transaction' : 'not one transaction';
  const time = rehearsed === undefined ? '' : `, ${duration(rehearsed.durationMs)} with the copy`;
  return [
    `${output.tone('strong', printable(name))}  ${printable(relative(process.cwd(), file))}`,
    `  ${what}, ${way}${time}`,
    ...notes.map((note) => `  ${printable(note)}`),
    ...diffLines(rehearsed?.schema ?? [], output),
    ...(rehearsed?.rows ?? []).map(({ table, before, after }) => {
      const text = `rows of ${printable(table)}: ${countOf(before)} before, ${countOf(after)} after`;
      const isLess = (before ?? 0) > (after ?? 0);
      return `  ${isLess ? output.tone('bad', text) : text}`;
    }),
    ...warnings.flatMap((warning) => warningLines(warning, output)),
  ];
}

function warningLines({ line, statement, message }: Planned['warnings'][number], output: Output): string[] {
  const head = `  ${output.tone('warning', 'warning')}: line ${line}, ${printable(statement)}`;
  const text = wrapped(printable(message), Math.min(WIDTH, output.columns) - 4);
  return [head, ...text.map((each) => `    ${each}`)];
}

const countOf = (count: number | undefined): string => (count === undefined ? 'none' : grouped(count));

function rehearsalLines(rehearsal: Rehearsal, output: Output): string[] {
  const { error, skipped, durationMs } = rehearsal;
  const what = `on a copy of ${bytes(rehearsal.bytes)} (${duration(durationMs)})`;
  if (error !== undefined) {
    return [`${output.tone('bad', 'fails')} ${what}: ${describeError(error).message}`];
  }
  if (skipped !== undefined)
    return [`${output.tone('warning', 'not tried')} to the end ${what}: ${printable(skipped)}`];
  return [`${output.tone('good', 'succeeds')} ${what}`];
}

/** For JSON: the error as a text. */
export function planJson(plan: MigrationPlan): object {
  const { rehearsal } = plan;
  if (rehearsal === undefined) return plan;
  const { error, ...others } = rehearsal;
  const failure = error === undefined ? undefined : describeError(error);
  return {
    ...plan,
    rehearsal: { ...others, ...(failure && { error: { code: failure.code, message: failure.message } }) },
  };
}
