import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

export default defineConfig({
  test: {
    // A process per file: a crash in native code fails that file and not the run.
    pool: 'forks',
    // One more than Vitest would have on two cores: tests wait for processes and locks as often as for the processor.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Ends what hangs; how fast a machine is must not matter.
    testTimeout: 5 * MINUTE_MS,
    hookTimeout: 5 * MINUTE_MS,
    include: ['__test__/**/*.test.mts'],
    // They install from a registry: `npm run test:apps`.
    exclude: [...configDefaults.exclude, '__test__/apps/**'],
    // The package under test is loaded by Node, as it is for users who install it: Vitest would
    // evaluate the root's own files itself and copy only what is enumerable.
    server: { deps: { external: [/\/index\.js$/, /\/dist\//] } },
    typecheck: {
      enabled: true,
      include: ['__test__/**/*.test-d.mts'],
      tsconfig: './tsconfig.test.json',
      // Errors outside of the type tests belong to the `types` step of `npm test`.
      ignoreSourceErrors: true,
    },
  },
});
