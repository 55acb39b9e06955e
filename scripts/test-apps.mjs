// `npm run test:apps`: applications installed from a registry on loopback, built and run.
//
//   npm run test:apps -- next hono       test files whose path contains one of these
//
// Everything that is missing is built or fetched first. The last line counts the tests.
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { cache, root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { newerNode } from './lib/runtimes.mjs';
import { counted, describe, fromVitest } from './lib/tally.mjs';
import { ensureTools, tool } from './lib/tools.mjs';

const LIMIT_MS = 25 * 60_000;

try {
  await ensureBuilt();
  await ensureTools();
  const report = path.join(cache, 'vitest-apps.json');
  fs.rmSync(report, { force: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['--config', 'vitest.apps.config.mts', '--reporter=verbose', '--reporter=json'];
  const args = [vitest, 'run', ...options, `--outputFile.json=${report}`, ...process.argv.slice(2)];
  const env = { npm_execpath: tool('npm/bin/npm-cli.js') };
  const { ok } = await run(await newerNode(), args, { timeoutMs: LIMIT_MS, env });
  const said = fs.existsSync(report) ? fromVitest(JSON.parse(fs.readFileSync(report, 'utf8'))) : undefined;
  const total = counted(said, ok);
  console.log(describe(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
