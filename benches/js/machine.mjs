// What a figure depends on besides the code: recorded with every result.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

export function machineFacts() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryMiB: Math.round(os.totalmem() / 2 ** 20),
    platform: `${process.platform}-${process.arch}`,
    kernel: os.release(),
    loadAverage: os.loadavg().map((load) => Number(load.toFixed(2))),
  };
}

function version(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
}

/** The commit, with `+changes` when the tree differs from it; null where there is no git. */
function revision(root) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') ? '+changes' : '');
  } catch {
    // A source archive without history is a normal place to run in.
    return null;
  }
}

export function packageFacts(root) {
  const native = join(root, 'native');
  const addons = existsSync(native) ? readdirSync(native).filter((file) => file.endsWith('.node')) : [];
  return {
    ferrolite: version(root),
    'better-sqlite3': version(join(root, 'node_modules', 'better-sqlite3')),
    libsql: version(join(root, 'node_modules', 'libsql')),
    revision: revision(root),
    addons: addons.map((file) => {
      const bytes = readFileSync(join(native, file));
      return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  };
}
