import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // Programs are started for real, on machines of two cores: generous, and nothing passes or fails on speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most of a test is waiting for programs: all processors, where the default leaves one out.
    maxWorkers: '100%',
  },
});
