/** `ferrolite locks` */
import { existsSync } from 'node:fs';
import type { BusyDiagnosis } from 'ferrolite/ops';
import { defineCommand, STATUS, UsageError } from '../command';
import { locate, ops } from '../database';
import { reporting } from '../options';
import { printable } from '../text';

export const command = defineCommand({
  description: [
    'Says which processes have locks on a database, and who waits for them. Opens, locks and waits for nothing, so it answers while everything else hangs.',
    'The status is 1 when somebody keeps others waiting, a checkpoint included. Linux tells of all processes that this user may see; elsewhere see --json, "untold".',
  ],
  options: reporting,
  examples: [
    ['ferrolite locks --db app.db', 'Who is in the way.'],
    ['ferrolite locks --db app.db --json | jq .others', 'Processes, their command lines and locks.'],
  ],
  async run({ values, output }) {
    const { name, path } = locate(values.db);
    if (!existsSync(path)) throw new UsageError(`There is no file ${path}`);
    const { hasLog, blockers, others, untold } = await ops().diagnoseBusy(name);
    const isFree = blockers.length === 0;
    const who = new Map(others.map((other) => [other.pid, nameOf(other)]));
    const rows = blockers.map(({ lock, pid, effect }) => [
      lock.name,
      lock.mode,
      effect,
      who.get(pid) ?? nameOf({ pid, command: undefined, commandLine: undefined }),
    ]);
    const idle = others.filter(({ pid }) => !blockers.some((blocker) => blocker.pid === pid));
    const verdict = isFree
      ? output.tone('good', 'nobody keeps others waiting')
      : output.tone('warning', 'somebody is in the way');
    const lines = [
      `${printable(path)}: ${verdict}`,
      ...output.rows(rows, [], '  '),
      ...(idle.length === 0
        ? []
        : ['Others that have it open', ...idle.map((other) => `  ${nameOf(other)}${locksOf(other)}`)]),
      ...(untold.length === 0 ? [] : ['Not told', ...untold.map((text) => `  ${text}`)]),
    ];
    const found = blockers.map(({ lock, pid, effect }) => ({ lock, pid, effect }));
    await output.result({ database: path, hasLog, blockers: found, others, untold }, lines, isFree);
    return isFree ? STATUS.ok : STATUS.finding;
  },
});

type Other = BusyDiagnosis['others'][number];

/** `process 7 (node server.js)`. */
function nameOf({ pid, command: name, commandLine }: Pick<Other, 'pid' | 'command' | 'commandLine'>): string {
  if (pid === undefined) return 'a process that the system hides';
  const program = commandLine ?? name;
  return program === undefined ? `process ${pid}` : `process ${pid} (${printable(program)})`;
}

function locksOf({ locks }: Other): string {
  return locks.length === 0 ? '' : `: ${locks.map(({ name, mode }) => `${name} ${mode}`).join(', ')}`;
}
