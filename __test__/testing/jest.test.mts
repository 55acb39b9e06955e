// Fixtures in the real Jest, whose sandbox gives each test file a process object of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { ownedFolders } from './support.mts';

const TEST = `
const { appendFileSync } = require('node:fs');
const { createFixtureDb } = require('ferrolite/testing');
const { join } = require('node:path');
for (const number of [1, 2]) {
  test('private ' + number, async () => {
    const fixture = await createFixtureDb({
      directory: join(__dirname, 'temporary'),
      build({ db }) {
        appendFileSync(join(__dirname, 'built.txt'), 'built\\n');
        db.exec('CREATE TABLE t (a)');
      },
    });
    fixture.db.exec('INSERT INTO t VALUES (1)');
    expect(fixture.db.prepare('SELECT a FROM t').all()).toEqual([{ a: 1 }]);
    fixture.close();
  });
}`;

const TEARDOWN = `
const { join } = require('node:path');
const { removeFixtures } = require('ferrolite/testing');
module.exports = () => removeFixtures({ directory: join(__dirname, 'temporary') });`;

describe('createFixtureDb() in Jest', () => {
  it.each(['--runInBand', '--maxWorkers=2'])(
    'builds the template once, and leaves nothing with removeFixtures() at the end: %s',
    (flag) => {
      const folder = tempDir('jest');
      for (const name of ['node_modules', 'temporary']) mkdirSync(join(folder, name));
      symlinkSync(projectRoot, join(folder, 'node_modules', 'ferrolite'), 'junction');
      writeFileSync(join(folder, 'package.json'), '{ "jest": { "globalTeardown": "./teardown.js" } }');
      writeFileSync(join(folder, 'teardown.js'), TEARDOWN);
      for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.test.js`), TEST);
      const jest = join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
      const run = spawnSync(process.execPath, [jest, flag, '--cacheDirectory=.jest'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(run.stderr).toMatch(/Tests: +6 passed, 6 total/);
      expect(readFileSync(join(folder, 'built.txt'), 'utf8')).toBe('built\n');
      expect(ownedFolders(join(folder, 'temporary'))).toEqual([]);
    },
    60_000,
  );
});
