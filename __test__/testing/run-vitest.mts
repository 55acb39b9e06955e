/** Runs a project of test files with the real Vitest, in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';

export interface VitestRun {
  readonly code: number | string | null;
  readonly output: string;
  /** Names of tests with their state. */
  readonly tests: Readonly<Record<string, string>>;
  /** Where fixtures were put. */
  readonly directory: string;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Runs these files, with the package and Vitest installed beside them, and `config` as Vitest's options. */
export async function runVitest(
  files: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>> = {},
  folder = tempDir('vitest'),
): Promise<VitestRun> {
  const directory = tempDir('fixtures');
  mkdirSync(join(folder, 'node_modules'));
  for (const [name, target] of [
    ['ferrolite', projectRoot],
    ['vitest', join(projectRoot, 'node_modules', 'vitest')],
  ] as const) {
    symlinkSync(target, join(folder, 'node_modules', name), 'junction');
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const report = join(folder, 'report.json');
  const test = { reporters: ['default', 'json'], outputFile: { json: report }, ...config };
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })};\n`);
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: directory };
  // Of the Vitest that runs this.
  for (const name of Object.keys(env)) if (/^(?:VITEST|TEST$|NODE_ENV$)/.test(name)) delete env[name];
  const cli = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
  const [code, output] = await new Promise<[VitestRun['code'], string]>((resolve) => {
    execFile(process.execPath, [cli, 'run'], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve([error === null ? 0 : (error.code ?? null), stdout + stderr]);
    });
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const tests = Object.fromEntries(results.map(({ fullName, status }) => [fullName, status]));
  return { code, output, tests, directory };
}
