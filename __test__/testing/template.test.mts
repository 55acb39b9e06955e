// A template is built once for all workers of a run, and found again by what it is made of.
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareTemplate, removeFixtures, type TemplateOptions } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { projectRoot, scriptOf } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { exitOf, lineOf } from '../helpers/wait.mts';
import { folderWith, rejection, rowsOf, templateFile, templateFiles } from './support.mts';

/** A worker of this run: like those of test runners it has a channel to the process that started it. */
function worker(fn: (...args: never[]) => unknown, args: readonly unknown[]): ChildProcess {
  return spawn(process.execPath, ['-e', scriptOf(fn, args)], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
}

/** Builds a template whose function notes in a file that it ran, and waits for its standard input to end. */
async function buildAndNote(directory: string, notes: string, buildTimeoutMs: number): Promise<unknown> {
  const { prepareTemplate: prepare } = require('ferrolite/testing');
  const { appendFileSync: append } = require('node:fs');
  process.disconnect?.();
  let given: unknown;
  try {
    const template = await prepare({
      directory,
      key: notes,
      buildTimeoutMs,
      build: async ({ db }: any) => {
        append(notes, 'built\n');
        console.log('building');
        db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
        await new Promise((resolve) => process.stdin.on('end', resolve).resume());
      },
    });
    const fixture = template.createDb();
    given = fixture.db.prepare('SELECT a FROM t').pluck().all();
    fixture.close();
  } catch (error) {
    given = (error as { code?: string }).code ?? String(error);
  }
  console.log(JSON.stringify(given));
  process.stdin.destroy();
  return given;
}

const notesIn = (directory: string): string => join(directory, 'notes');
const isAnswer = (line: string): boolean => line.startsWith('[') || line.startsWith('"');

describe('a template', () => {
  it('is built once by workers that race for it', async () => {
    const directory = tempDir();
    const workers = Array.from({ length: 4 }, () =>
      worker(buildAndNote, [directory, notesIn(directory), 60_000]),
    );
    const answers = workers.map(({ stdout }) => lineOf(stdout!, isAnswer));
    await Promise.any(workers.map(({ stdout }) => lineOf(stdout!, (line) => line === 'building')));
    for (const { stdin } of workers) stdin!.end();
    expect(await Promise.all(answers)).toEqual(['[1]', '[1]', '[1]', '[1]']);
    expect(readFileSync(notesIn(directory), 'utf8')).toBe('built\n');
  });

  it('is built by the next worker when its builder is killed', async () => {
    const directory = tempDir();
    const args = [directory, notesIn(directory), 60_000];
    const first = worker(buildAndNote, args);
    await lineOf(first.stdout!, (line) => line === 'building');
    const second = worker(buildAndNote, args);
    const answer = lineOf(second.stdout!, isAnswer);
    const ended = exitOf(first);
    first.kill('SIGKILL');
    await ended;
    second.stdin!.end();
    expect(await answer).toBe('[1]');
    expect(readFileSync(notesIn(directory), 'utf8')).toBe('built\nbuilt\n');
    expect(templateFiles(directory)).toEqual(['lock.db', 'test.db']);
  });

  it('is waited for no longer than buildTimeoutMs', async () => {
    const directory = tempDir();
    const first = worker(buildAndNote, [directory, notesIn(directory), 60_000]);
    await lineOf(first.stdout!, (line) => line === 'building');
    const second = worker(buildAndNote, [directory, notesIn(directory), 0]);
    expect(await lineOf(second.stdout!, isAnswer)).toBe('"FERROLITE_TEMPLATE_BUSY"');
    const answer = lineOf(first.stdout!, isAnswer);
    first.stdin!.end();
    expect(await answer).toBe('[1]');
  });

  it('is built once for calls of one thread that come together', async () => {
    const directory = tempDir();
    let built = 0;
    const prepare = () =>
      prepareTemplate({
        directory,
        build: async ({ db }) => {
          built += 1;
          await Promise.resolve();
          db.exec('CREATE TABLE t (a)');
        },
      });
    const [one, two] = await Promise.all([prepare(), prepare()]);
    expect(one.path).toBe(two.path);
    expect(built).toBe(1);
  });

  it('is another one when what it is made of changes', async () => {
    const directory = tempDir();
    const pathOf = async (options: TemplateOptions) =>
      (await prepareTemplate({ directory, ...options })).path;
    const migrations = folderWith({ '1.sql': 'CREATE TABLE t (a)' });
    const template = templateFile();
    const build = () => undefined;
    const paths = [
      await pathOf({ migrations }),
      await pathOf({ migrations, key: 'other' }),
      await pathOf({ migrations, build }),
      await pathOf({ template }),
    ];
    appendFileSync(join(migrations, '1.sql'), ';\n');
    paths.push(await pathOf({ migrations }));
    writeFileSync(join(migrations, '2.sql'), 'CREATE TABLE u (a)');
    paths.push(await pathOf({ migrations }));
    expect(new Set(paths).size).toBe(paths.length);
    expect(await pathOf({ migrations })).toBe(paths.at(-1));
    expect(await pathOf({ template })).toBe(paths[3]);
  });

  it('is built anew after its file was removed', async () => {
    const directory = tempDir();
    const options = { directory, migrations: folderWith({ '1.sql': 'CREATE TABLE t (a)' }) };
    const { path } = await prepareTemplate(options);
    rmSync(path);
    expect((await prepareTemplate(options)).path).toBe(path);
    expect(existsSync(path)).toBe(true);
  });

  it('goes with removeFixtures()', async () => {
    const directory = tempDir();
    const { path } = await prepareTemplate({ directory, build: () => undefined });
    expect(existsSync(path)).toBe(true);
    removeFixtures({ directory });
    expect(existsSync(path)).toBe(false);
  });
});

describe('build()', () => {
  it('may be a tool that opens the path by itself', async () => {
    const directory = tempDir();
    const template = await prepareTemplate({
      directory,
      async build({ path }) {
        const fill = (file: string): void => {
          const Database = require('ferrolite');
          // Left open, and in WAL mode: the rows are in the log.
          const db = new Database(file);
          db.exec('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (5)');
          process.kill(process.pid, 'SIGKILL');
        };
        await exitOf(worker(fill as (...args: never[]) => unknown, [path]));
      },
    });
    const fixture = template.createDb();
    expect(rowsOf(fixture.db)).toEqual([5]);
    fixture.close();
  });

  it('may leave connections open', async () => {
    const { default: Database } = await import('ferrolite');
    const directory = tempDir();
    let left: InstanceType<typeof Database> | undefined;
    const template = await prepareTemplate({
      directory,
      build({ path }) {
        left = new Database(path);
        left.exec('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (6)');
      },
    });
    const fixture = template.createDb();
    expect(rowsOf(fixture.db)).toEqual([6]);
    fixture.close();
    left?.close();
  });

  it('throws what it throws, and leaves no template', async () => {
    const directory = tempDir();
    const mine = new RangeError('mine');
    const build = async (): Promise<never> => {
      await Promise.resolve();
      throw mine;
    };
    expect(await rejection(prepareTemplate({ directory, build }))).toBe(mine);
    expect(templateFiles(directory)).toEqual(['lock.db']);
  });
});
