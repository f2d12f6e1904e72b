import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: { alias: { 'gradus/testing': here('./src/testing/index.ts'), gradus: here('./src/node.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/cli/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Nothing is fetched in tests but from servers of their own.
    env: { GRADUS_OFFLINE: '1', GRADUS_CACHE: '/nowhere' },
  },
})
