import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A process per file: a crash in native code fails that file and not the run.
    pool: 'forks',
    include: ['__test__/**/*.test.mts'],
    typecheck: {
      enabled: true,
      include: ['__test__/**/*.test-d.mts'],
      tsconfig: './tsconfig.test.json',
      // Errors outside of the type tests belong to the `types` step of `npm test`.
      ignoreSourceErrors: true,
    },
  },
});
