import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { summaryReporter } from './scripts/summary-reporter.ts'

// A key for tests, as the Worker secret that wrangler.toml requires.
process.env.KEY_ENCRYPTION_KEY ??= 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
process.env.WRANGLER_SEND_METRICS = 'false'

const nodeOnly = [
  'src/cli/**/*.test.ts',
  'src/doctor/**/*.test.ts',
  'src/terminators/**/*.test.ts',
  'src/local-edge/**/*.test.ts',
  'src/local-stores/**/*.test.ts',
  'src/resource-server/node/**/*.test.ts',
]

export default defineConfig({
  test: {
    reporters: ['default', summaryReporter],
    projects: [
      {
        // In workerd, with D1 and KV of miniflare: the code as it is deployed.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
          }),
        ],
        test: {
          name: 'unit',
          include: ['{src,test/worker,examples/gateway}/**/*.test.ts'],
          exclude: nodeOnly,
          // One runtime for many files: half of the time went into starting others.
          isolate: false,
        },
      },
      {
        test: {
          name: 'node',
          include: [
            ...nodeOnly,
            'test/{vectors,differential,fuzz}/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
        },
      },
      {
        // Over real TLS, against the local edge.
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 30_000 },
      },
    ],
  },
})
