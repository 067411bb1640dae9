import { cloudflareTest } from '@cloudflare/vitest-plugin'
import type { TestProjectInlineConfiguration } from 'vitest/config'

/** Tests beside code that runs on Node only. */
export const nodeOnly = [
  'src/cli/**/*.test.ts',
  'src/doctor/**/*.test.ts',
  'src/terminators/**/*.test.ts',
  'src/local-edge/**/*.test.ts',
  'src/local-stores/**/*.test.ts',
  'src/resource-server/node/**/*.test.ts',
]

/** In workerd, with D1 and KV of miniflare: the code as it is deployed. */
export const unitProject: TestProjectInlineConfiguration = {
  plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
  test: {
    name: 'unit',
    include: ['{src,test/worker,examples/gateway}/**/*.test.ts'],
    exclude: nodeOnly,
    // One runtime for all files: starting one for each file doubles the time.
    isolate: false,
    testTimeout: 20_000,
  },
}
