// `npm run format`: rewrites every file in the project's formats.
import { ensureInstalled } from './lib/install.mjs';
import { must } from './lib/run.mjs';

try {
  await ensureInstalled();
  await must(process.execPath, [
    'node_modules/prettier/bin/prettier.cjs',
    '--write',
    '--log-level=warn',
    '.',
  ]);
  await must('cargo', ['fmt']);
} catch (error) {
  console.error(`format failed: ${error.message}`);
  process.exitCode = 1;
}
