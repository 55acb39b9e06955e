// Nothing stays: at exit, after a killed process, after a run whose numbers are used again.
import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createFixtureDb, removeFixtures } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { tryInChild } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { copiesIn, leaveFolder, ownedFolders } from './support.mts';

/** Makes a fixture, opens it in WAL mode, and ends in one of several ways. */
async function endWith(directory: string, end: string): Promise<unknown> {
  const { createFixtureDb: create } = require('ferrolite/testing');
  const { Worker, isMainThread } = require('node:worker_threads');
  const fixture = await create({
    directory,
    build: ({ db }: any) => db.exec('PRAGMA journal_mode = wal; CREATE TABLE t (a)'),
  });
  fixture.db.exec('INSERT INTO t VALUES (1)');
  if (end === 'rows') fixture.db.prepare('SELECT * FROM t').iterate().next();
  if (end === 'kill') process.kill(process.pid, 'SIGKILL');
  if (end === 'exit') process.exit(0);
  if (end === 'throw')
    setImmediate(() => {
      throw new Error('thrown');
    });
  if (end === 'thread' && isMainThread) {
    const code = `(${endWith.toString()})(${JSON.stringify(directory)}, 'return')`;
    await new Promise((resolve) => new Worker(code, { eval: true }).on('exit', resolve));
  }
  return fixture.path;
}

describe('a process that ends', () => {
  it.each(['return', 'exit', 'throw', 'rows', 'thread'])('leaves nothing: %s', (end) => {
    const directory = tempDir();
    const { signal } = tryInChild(endWith, [directory, end]);
    expect(signal).toBe(null);
    expect(ownedFolders(directory)).toEqual([]);
  });
});

describe('a process that is killed', () => {
  it('leaves a copy that the next one removes', async () => {
    const directory = tempDir();
    expect(tryInChild(endWith, [directory, 'kill']).signal).toBe('SIGKILL');
    expect(copiesIn(directory)).toHaveLength(1);
    const left = ownedFolders(directory);
    expect(left).toHaveLength(2);
    const fixture = await createFixtureDb({ directory, build: () => undefined });
    expect(ownedFolders(directory).filter((name) => left.includes(name))).toEqual([]);
    expect(existsSync(fixture.path)).toBe(true);
    fixture.close();
  });

  it('leaves nothing that is taken for that of a process with the same number', async () => {
    const directory = tempDir();
    const fixture = await createFixtureDb({ directory, build: () => undefined });
    const mine = ownedFolders(directory).find((name) => name.includes('-t'));
    const [place, pid, start] = mine!.split('-');
    const earlier = leaveFolder(directory, `${place}-${pid}-${Number(start) - 1}-t0`);
    removeFixtures({ directory });
    expect(existsSync(earlier)).toBe(false);
    expect(existsSync(fixture.path)).toBe(true);
    fixture.close();
  });
});

describe('removeFixtures()', () => {
  it('leaves alone what belongs to others', async () => {
    const directory = tempDir();
    const fixture = await createFixtureDb({ directory, build: () => undefined });
    const [, pid, start] = ownedFolders(directory)[0]!.split('-');
    // Of another container, where the numbers mean other processes.
    const foreign = leaveFolder(directory, `01234567-${pid}-${start}-run`);
    const unknown = leaveFolder(directory, 'notes');
    removeFixtures({ directory });
    expect([foreign, unknown, fixture.path].map((path) => existsSync(path))).toEqual([true, true, true]);
    fixture.close();
  });

  it('removes the folders of other containers a day after they were last used', () => {
    const directory = tempDir();
    const foreign = leaveFolder(directory, '01234567-1-1-run');
    const dayAgo = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(foreign, dayAgo, dayAgo);
    removeFixtures({ directory });
    expect(existsSync(foreign)).toBe(false);
    expect(existsSync(join(foreign, '..'))).toBe(true);
  });
});
