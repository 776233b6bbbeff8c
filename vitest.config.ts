import { defineConfig } from 'vitest/config';

/** What pqx gives another program so many seconds for: nothing else may use the machine meanwhile. */
const WITH_TIME_LIMITS = ['test/commands/keychain-broken.test.ts', 'test/commands/keychain-crash.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    // Programs are started for real, on machines of two cores: generous, and nothing passes or fails on speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most of a test is waiting for programs: all processors, where the default leaves one out.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: WITH_TIME_LIMITS },
      },
      {
        extends: true,
        test: {
          name: 'with time limits',
          include: WITH_TIME_LIMITS,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
