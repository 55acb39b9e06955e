/** Calls npm the way a publisher does, and unpacks what it packs. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '..', '..');

/** Runs the npm that started the tests, or the one on the path. */
function npm(args: readonly string[]): string {
  const cli = process.env['npm_execpath'];
  const isScript = cli?.endsWith('.js') === true;
  return execFileSync(isScript ? process.execPath : 'npm', isScript ? [cli, ...args] : args, {
    cwd: projectRoot,
    encoding: 'utf8',
    // What npm says of the machine's configuration is no concern of these tests.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** The files that `npm publish` would send, sorted. */
export function packedFiles(): string[] {
  const [result] = JSON.parse(npm(['pack', '--dry-run', '--json'])) as [{ files: { path: string }[] }];
  return result.files.map((file) => file.path).toSorted();
}

/** Packs into `folder` and returns the tarball's path. */
export function packInto(folder: string): string {
  npm(['pack', '--pack-destination', folder]);
  const name = fs.readdirSync(folder).find((entry) => entry.endsWith('.tgz'));
  if (name === undefined) throw new Error(`npm pack left no tarball in ${folder}`);
  return path.join(folder, name);
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'ferrolite-pack-'));
}
