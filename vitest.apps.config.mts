// The tests of whole applications, `npm run test:apps`: installed from a registry on loopback.
import { defineConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['__test__/apps/**/*.test.mts'],
    globalSetup: ['__test__/apps/global-setup.mts'],
    // Installations and builds: what hangs is ended by the limits of `run()`, which say what it was.
    testTimeout: 5 * MINUTE_MS,
    hookTimeout: 8 * MINUTE_MS,
    maxWorkers: 2,
  },
});
