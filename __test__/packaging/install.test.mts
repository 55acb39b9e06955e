// The package as a user gets it: its tarball in an empty folder, the addon in a platform package.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packInto, projectRoot, temporaryFolder } from './pack.mts';

const addon = fs
  .readdirSync(path.join(projectRoot, 'native'))
  .find((name) => name.startsWith(`ferrolite.${process.platform}-${process.arch}`) && name.endsWith('.node'));
const platformPackage = `@ferrolite/binding-${addon?.split('.')[1]}`;
let home: string;

beforeAll(() => {
  home = temporaryFolder();
  const packed = packInto(home);
  fs.mkdirSync(path.join(home, 'node_modules'));
  execFileSync('tar', ['-xzf', packed, '-C', 'node_modules'], { cwd: home });
  fs.renameSync(path.join(home, 'node_modules', 'package'), path.join(home, 'node_modules', 'ferrolite'));
});
afterAll(() => {
  fs.rmSync(home, { recursive: true });
});

function run(code: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--eval', code], {
    cwd: home,
    encoding: 'utf8',
  });
  return { status, stdout: stdout.trim(), stderr };
}

const QUERY = "new (require('ferrolite'))(':memory:').prepare('SELECT 42 AS x').get().x";

describe('an installed package', () => {
  it('loads without the platform package, and names it when the addon is needed', () => {
    expect(run("console.log(typeof require('ferrolite'))")).toMatchObject({ status: 0, stdout: 'function' });
    expect(run(`try { ${QUERY} } catch (error) { console.log(error.message) }`).stdout).toContain(
      platformPackage,
    );
  });

  it('answers a query with the platform package beside it', () => {
    const folder = path.join(home, 'node_modules', platformPackage);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(path.join(projectRoot, 'native', addon ?? ''), path.join(folder, 'ferrolite.node'));
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "main": "ferrolite.node" }\n');
    expect(run(`console.log(${QUERY})`)).toEqual({ status: 0, stdout: '42', stderr: '' });
  });

  it('shows nothing but what the exports map names', () => {
    const require = createRequire(path.join(home, 'index.cjs'));
    expect(() => require.resolve('ferrolite/dist/core/index.js')).toThrow(/not defined by "exports"/);
    expect(require.resolve('ferrolite/package.json')).toContain('package.json');
  });
});
