// `npm run test:apps`: applications installed from a registry on loopback, built and run.
//
//   npm run test:apps -- next hono       test files whose path contains one of these
//
// Everything that is missing is built or fetched first. The last line counts the tests.
import { ensureBuilt } from './lib/build.mjs';
import { newerNode } from './lib/runtimes.mjs';
import { describe, describeRemarks } from './lib/tally.mjs';
import { ensureTools, tool } from './lib/tools.mjs';
import { runVitest } from './lib/vitest.mjs';

const LIMIT_MS = 25 * 60_000;

try {
  await ensureBuilt();
  await ensureTools();
  const args = ['--config', 'vitest.apps.config.mts', '--reporter=verbose', ...process.argv.slice(2)];
  const env = { npm_execpath: tool('npm/bin/npm-cli.js') };
  const total = await runVitest(await newerNode(), 'vitest-apps', args, { timeoutMs: LIMIT_MS, env });
  process.stdout.write(describeRemarks(total.remarks));
  console.log(describe(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
