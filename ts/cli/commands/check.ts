/** `ferrolite check` */
import { defineCommand, STATUS } from '../command';
import { locate, openable, ops } from '../database';
import { busyTimeout, reporting } from '../options';
import { counted, duration, printable } from '../text';

export const command = defineCommand({
  description: [
    'Reads the whole file and looks for damage in every page, beside an application that goes on. The status is 1 when something was found.',
  ],
  options: {
    ...reporting,
    full: {
      type: 'flag',
      description: 'Compare every index with its table as well, which takes several times longer.',
    },
    'foreign-keys': {
      type: 'flag',
      description: 'Look for rows whose foreign keys refer to nothing as well.',
    },
    table: { type: 'text', value: 'name', description: 'This table and its indexes alone.' },
    'max-problems': { type: 'integer', value: 'n', description: 'End after so many. Default 100.' },
    ...busyTimeout,
  },
  examples: [
    ['ferrolite check --db app.db', 'Quick enough for every night.'],
    ['ferrolite check --db app.db --full --foreign-keys', 'Everything that can be checked.'],
    ['ferrolite check --db app.db --table orders --json', 'One table, for a program.'],
  ],
  async run({ values, output, progress, cancelling }) {
    const located = locate(values.db);
    const { name, path } = located;
    await openable(located, { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal });
    const { quickCheck, integrityCheck, foreignKeyCheck } = ops();
    const options = {
      busyTimeoutMs: values['busy-timeout-ms'],
      maxProblems: values['max-problems'],
      table: values.table,
      signal: cancelling.signal,
    };
    const what = values.full ? 'integrity check' : 'quick check';
    const check = await (values.full ? integrityCheck : quickCheck)(name, {
      ...options,
      onProgress: (step) => progress.show(what, step),
    });
    const keys = values['foreign-keys']
      ? await foreignKeyCheck(name, { ...options, onProgress: (step) => progress.show('foreign keys', step) })
      : undefined;
    progress.clear();
    const isFine = check.ok && keys?.ok !== false;
    const ok = output.tone('good', 'ok');
    const lines = [
      check.ok
        ? `${what}: ${ok} (${duration(check.durationMs)})`
        : `${what}: ${output.tone('bad', 'problems')}`,
      // SQLite puts what it finds in the pages of a tree into one text.
      ...check.problems.flatMap((text) => text.split('\n').map((line) => `  ${printable(line)}`)),
    ];
    if (keys !== undefined) {
      lines.push(
        keys.ok
          ? `foreign keys: ${ok} (${duration(keys.durationMs)})`
          : `foreign keys: ${output.tone('bad', found(keys.violations.length, keys.truncated))}`,
        ...keys.violations.map(({ table, rowid, columns, parent }) => {
          const row = rowid === null ? 'a row' : `row ${rowid}`;
          return printable(`  ${row} of ${table}: ${columns.join(', ')} refers to no row of ${parent}`);
        }),
      );
    }
    const checks = {
      [values.full ? 'integrityCheck' : 'quickCheck']: check,
      ...(keys && { foreignKeyCheck: keys }),
    };
    await output.result({ database: path, ok: isFine, checks }, lines, isFine);
    return isFine ? STATUS.ok : STATUS.finding;
  },
});

const found = (count: number, isTruncated: boolean): string =>
  `${counted(count, 'problem')}${isTruncated ? ', and perhaps more' : ''}`;
