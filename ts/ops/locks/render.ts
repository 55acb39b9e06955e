/** A diagnosis as text, for who reads it at night. */
import type { BusyDiagnosis } from './diagnose-busy';
import { describeDescriptors } from './lock-check';
import { levelOf, type HeldLock } from './names';
import type { OtherProcess } from './other-processes';
import type { HoldingConnection, HoldingPool, RememberedOrigin } from './own-holders';

type Found = Omit<BusyDiagnosis, 'text' | 'toString'>;

/** Renders it. */
export function render(found: Found): string {
  const { path, hasLog, guard, untold } = found;
  const lines = [
    `Locks of ${path} (${hasLog ? 'write-ahead log' : 'rollback journal'})`,
    ...section('Who keeps others waiting', blockers(found)),
    ...section(`This process, ${found.own.pid}`, ownLines(found)),
    ...section('Other processes', found.others.map(otherLine)),
  ];
  if (guard.lost.length > 0) {
    lines.push('', `DANGER: ${guard.reason}`);
  } else if (guard.descriptors.length > 0) {
    lines.push(
      '',
      `Danger: ${describeDescriptors(guard.descriptors)}: closing it loses the locks of this process`,
    );
  }
  if (guard.descriptors.length > 0 && guard.libraries.length > 1) {
    lines.push(`  libraries with an SQLite: ${guard.libraries.join(', ')}`);
  }
  lines.push(...section('Not told', untold, false));
  return lines.join('\n');
}

function section(title: string, lines: readonly string[], showsNobody = true): string[] {
  if (lines.length === 0 && !showsNobody) return [];
  return ['', title, ...(lines.length === 0 ? ['nobody'] : lines).flatMap((line) => indent(line))];
}

const indent = (text: string): string[] => text.split('\n').map((line) => `  ${line}`);

function blockers({ blockers: all, own }: Found): string[] {
  return all.map(({ lock, pid, isThisProcess, effect }) => {
    const isWriter = lock.name === 'WRITE' || lock.name === 'RESERVED';
    const time =
      isThisProcess && isWriter && own.writeHeldMs !== undefined ? ` for ${span(own.writeHeldMs)}` : '';
    const who = isThisProcess ? 'this process' : pid === undefined ? 'a hidden process' : `process ${pid}`;
    return `${lock.name} (${lock.mode}): ${who}${time}; ${effect}`;
  });
}

function ownLines({ own }: Found): string[] {
  const { connections, ofThread, pools, level, locks } = own;
  if (connections === 0 && ofThread.length === 0) return ['has no connection to it'];
  return [
    `${connections} connection${connections === 1 ? '' : 's'}, ${level} on the file${shmText(locks)}`,
    ...ofThread.map(connectionText),
    ...pools.map(poolText),
  ];
}

function shmText(locks: readonly HeldLock[]): string {
  const shm = locks.filter(({ file, name }) => file === 'shm' && name !== 'DMS').map(({ name }) => name);
  return shm.length === 0 ? '' : `, ${shm.join(', ')} on the log`;
}

function connectionText(connection: HoldingConnection): string {
  const { name, level, locks, inTransaction, statements, readonly } = connection;
  const facts = [
    `${level}${shmText(locks)}`,
    ...(readonly ? ['only reads'] : []),
    ...(inTransaction ? ['in a transaction'] : []),
  ];
  return [
    `connection ${JSON.stringify(name)}: ${facts.join(', ')}`,
    ...statements.map((sql) => `  rows are being read of: ${shorten(sql)}`),
    ...origin('  its transaction began', connection.transaction),
    ...connection.iterators.flatMap((one) => origin('  iterate() was called', one)),
    ...origin('  it was opened', connection.opened),
  ].join('\n');
}

function poolText({ path, jobs }: HoldingPool): string {
  const held = jobs.flatMap(({ kind, heldMs, stack, sql }) => [
    `  ${kind} for ${span(heldMs)}${sql === undefined ? '' : `: ${shorten(sql)}`}`,
    ...(stack === undefined ? [] : [stack]),
  ]);
  return [
    `pool ${JSON.stringify(path)}: ${jobs.length === 0 ? 'idle or short calls' : `${jobs.length} held`}`,
    ...held,
  ].join('\n');
}

function origin(text: string, found: RememberedOrigin | undefined): string[] {
  return found === undefined ? [] : [`${text} ${span(found.heldMs)} ago`, found.stack];
}

function otherLine(other: OtherProcess): string {
  const level = levelOf(other.locks);
  const waits = other.waits ? ', waits for a lock' : '';
  const has =
    other.locks.length === 0 ? 'open without a lock' : `${level} on the file${shmText(other.locks)}`;
  return `${nameOf(other)}: ${has}${waits}`;
}

function nameOf({ pid, command, commandLine }: OtherProcess): string {
  if (pid === undefined) return 'a hidden process, of another container or machine';
  const name = commandLine ?? command;
  return name === undefined ? `process ${pid}` : `process ${pid} (${name})`;
}

const shorten = (sql: string): string => {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
};

const span = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
