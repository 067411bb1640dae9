import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

const names = [
  'parse_vs_peculiar_x509',
  'parse_vs_pkijs',
  'parse_vs_node_crypto',
  ...['p256', 'rsa2048'].flatMap((key) => [
    `path_${key}_vs_peculiar_x509`,
    `path_${key}_vs_pkijs`,
    `path_${key}_vs_node_crypto`,
    `path_${key}_vs_signatures`,
    `path_${key}_remembered_vs_cold`,
    `path_${key}_remembered_vs_peculiar_x509`,
    `path_${key}_remembered_vs_pkijs`,
    `path_${key}_remembered_vs_node_crypto`,
  ]),
  'cold_40_anchors_vs_4',
  'crl_lookup_1m_vs_1k',
  'crl_lookup_1m_vs_scan_of_1k',
  'warm_vs_floor',
  'warm_vs_floor_per_cpu_second',
  'warm_vs_reading_floor',
  'warm_vs_oidc_provider_per_cpu_second',
  'warm_vs_oidc_provider_unverified_per_cpu_second',
  'partners_1000_vs_1',
  'partners_1000_vs_1_per_cpu_second',
  'cold_cpu_ms',
  'cold_vs_stores',
  'clients_1m_vs_1k_p50',
  'clients_1m_vs_1k_p99',
  'first_token_vs_floor',
  'bundle_gzip_kib',
  'heap_one_partner_mib',
  'heap_10k_partners_mib',
  'latency_p50_vs_floor',
  'latency_p99_vs_floor',
  'verify_vs_jose',
  'verify_bound_vs_unbound',
]

describe('npm run bench', () => {
  it('writes all ratios as a flat object, with the results that they are computed from', {
    timeout: 180_000,
  }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'certbound-bench-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'bench.json')
    const { status, stdout, stderr } = bench('--quick', '--json', file)
    expect([status, stderr]).toEqual([0, ''])
    const report = JSON.parse(readFileSync(file, 'utf8'))
    expect(Object.keys(report.ratios)).toEqual(names)
    for (const name of names) {
      // In short rounds a difference may be lost in the noise; a ratio cannot.
      const least = name === 'cold_cpu_ms' ? Number.NEGATIVE_INFINITY : 0
      expect(report.ratios[name], name).toBeGreaterThan(least)
      expect(stdout).toContain(name)
    }
    expect(report.machine).toEqual({
      cores: expect.any(Number),
      cpu: expect.any(String),
      load: expect.any(Number),
      node: process.versions.node,
      workerd: expect.stringMatching(/^\d+\.\d+/),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })

  it('measures only the parts that --only names', () => {
    const { status, stdout } = bench('--quick', '--only', 'parse')
    expect([status, stdout.includes('parse_vs_pkijs')]).toEqual([0, true])
    expect(stdout).not.toContain('path_')
  })

  it.each([
    [['--help'], 0, 'Usage: npm run bench', ''],
    [['--only', 'nothing'], 2, '', 'no part "nothing"'],
    [['--fast'], 2, '', '--fast'],
  ])('%s: exit status %i', (args, expected, out, error) => {
    const { status, stdout, stderr } = bench(...args)
    expect(status).toBe(expected)
    expect(stdout).toContain(out)
    expect(stderr).toContain(error)
  })
})
