/** What is wrong with a database, or worth knowing, for people. */
import type { VerifyResult } from 'ferrolite/migrate';
import type { Output } from '../output';
import { printable } from '../text';
import { diffLines } from './schema-diff';

export type Findings = Pick<VerifyResult, 'problems' | 'drift' | 'notices'>;

/** How many names people are shown. */
const SHOWN = 20;

/** Problems, with the SQL of what has changed, and notices. @param word - What a problem is called. */
export function findingLines(
  { problems, drift, notices }: Findings,
  output: Output,
  word = 'problem',
): string[] {
  return [
    ...problems
      // Its text has all that stands below.
      .filter(({ code }) => code !== 'FERROLITE_MIGRATION_DRIFT')
      .map(({ message }) => `${output.tone('bad', word)}: ${printable(message)}`),
    ...driftLines(drift, output),
    ...noticeLines(notices, output),
  ];
}

function driftLines(drift: VerifyResult['drift'] = [], output: Output): string[] {
  if (drift.length === 0) return [];
  return [
    `${output.tone('bad', 'drift')}: others have changed what migrations have made`,
    ...drift.flatMap((change) => {
      const [heading = '', ...body] = diffLines([change], output);
      const { migration, file, line } = change;
      const where = file === undefined ? migration : `${file}${line === undefined ? '' : `:${line}`}`;
      return [where === undefined ? heading : `${heading}, defined in ${printable(where)}`, ...body];
    }),
  ];
}

/** In one line: tables of other tools are there for good. */
function noticeLines(notices: VerifyResult['notices'], output: Output): string[] {
  if (notices.length === 0) return [];
  const names = notices.slice(0, SHOWN).map(({ type, name, change }) => {
    return `${type} ${printable(name)}${change === 'added' ? '' : ` (${change})`}`;
  });
  const more = notices.length > SHOWN ? ` and ${notices.length - SHOWN} more` : '';
  return [`${output.tone('warning', 'notice')}: not made by migrations: ${names.join(', ')}${more}`];
}
