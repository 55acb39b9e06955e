import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as client from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';

const text = readFileSync(join(projectRoot, 'docs/client.md'), 'utf8');
const snippets = [...text.matchAll(/^```js\n(.*?)^```/gms)].map((match) => match[1] ?? '');

describe('docs/client.md', () => {
  it.each(snippets.map((snippet, index) => [index + 1, snippet] as const))(
    'snippet %i runs',
    (_, snippet) => {
      const folder = tempDir();
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(projectRoot, join(folder, 'node_modules/ferrolite'), 'dir');
      writeFileSync(join(folder, 'snippet.mjs'), snippet);
      const { SQLITE_DB_PATH: _path, DATABASE_URL: _url, ...env } = process.env;
      const run = spawnSync(process.execPath, ['snippet.mjs'], { cwd: folder, encoding: 'utf8', env });
      expect([run.status, run.stderr]).toEqual([0, '']);
      expect(run.stdout).not.toContain('false');
      expect(readdirSync(folder).filter((name) => /-(?:wal|shm|journal)$/.test(name))).toEqual([]);
    },
  );

  it('has a heading for each function', () => {
    for (const name of Object.keys(client)) {
      if (/^[a-z]/.test(name) && name !== 'default' && name !== 'module.exports') {
        expect(text).toMatch(new RegExp(`^## ${name}\\(`, 'm'));
      }
    }
  });
});
