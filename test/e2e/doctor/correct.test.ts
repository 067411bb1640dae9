import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descriptions } from '../../../src/doctor/findings.ts'
import { certbound } from '../../support/node/certbound.ts'
import { itWithProgram } from '../../support/node/debian.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'
import { startDoctored } from '../../support/node/proxies/doctored.ts'
import { proxyProbe } from '../../support/node/proxies/frames.ts'

type Report = {
  readonly ok: boolean
  readonly findings: readonly { readonly id: string; readonly severity: string }[]
  readonly sent: { readonly requests: number; readonly connections: number }
}

describe('the doctor on the local edge', () => {
  let edge: LocalEdge
  beforeAll(async () => {
    edge = await startLocalEdge()
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  const partner = () => [
    '--client-id',
    edge.partners.caIssued.clientId,
    '--key',
    edge.partners.caIssued.keyFile,
    '--certificate',
    edge.partners.caIssued.certFile,
  ]
  const examine = (url: string, ...args: string[]) =>
    certbound('doctor', url, '--ca', edge.caFile, ...args)

  it('passes both hosts, and reports every check', async () => {
    for (const url of [edge.issuer, edge.mtlsOrigin]) {
      const { code, out } = await examine(url, '--json', ...partner())
      const report = JSON.parse(out) as Report
      expect(code, out).toBe(0)
      expect(report.ok).toBe(true)
      const wrong = report.findings.filter(({ severity }) => /fail|warn/.test(severity))
      expect(wrong).toEqual([])
      expect(report.findings.map(({ id }) => id).sort()).toEqual(Object.keys(descriptions).sort())
      expect(report.sent.connections).toBeLessThan(300)
    }
  })

  it('prints a table of findings, and what it sent', async () => {
    const { code, out } = await examine(edge.issuer, ...partner())
    expect(code).toBe(0)
    expect(out).toMatch(/^pass +forged-header +no forged header without a certificate$/m)
    expect(out).toMatch(/\n0 failed, 0 warnings, \d+ passed, \d+ skipped\nSent \d+ requests, /)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('names the checks that it skips without a partner', async () => {
    const { code, out } = await examine(edge.issuer, '--json')
    const { findings } = JSON.parse(out) as Report
    expect(code).toBe(0)
    const skipped = findings.filter(({ severity }) => severity === 'skipped').map(({ id }) => id)
    expect(skipped).toEqual(expect.arrayContaining(['baseline-token', 'forged-header']))
    expect(findings).toContainEqual(expect.objectContaining({ id: 'tls-old', severity: 'pass' }))
  })

  it('fails if the partner cannot authenticate', async () => {
    const { code, out } = await examine(edge.issuer, ...partner(), '--client-id=demo-self-signed')
    expect(code).toBe(2)
    expect(out).toBe('')
    const other = [...partner().slice(2), '--client-id', edge.partners.selfSigned.clientId]
    const ended = await examine(edge.issuer, ...other)
    expect(ended.code).toBe(1)
    expect(ended.out).toMatch(
      /\n\nfail {2}baseline-token\n {2}evidence: 401 invalid_client, request_id /,
    )
  })

  it('fails if no server answers, or one with an unknown certificate', async () => {
    const unreachable = await examine('https://localhost:1')
    expect(unreachable).toMatchObject({ code: 1 })
    expect(unreachable.out).toContain('fail  reachable')
    const untrusted = await certbound('doctor', edge.issuer)
    expect(untrusted.out).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })
})

/** nginx.test.ts and apache.test.ts do the same for their programs. */
describe.each([
  ['haproxy', []],
  // A Caddyfile cannot switch session tickets off.
  ['caddy', ['resumption']],
] as const)('the doctor on %s', (program, expected) => {
  const [command, probe] = proxyProbe(program)
  itWithProgram(command, probe, 'passes the printed configuration', async () => {
    const proxy = await startDoctored(program)
    try {
      const { status, wrong, text } = await proxy.examine(proxy.configuration, ['--smuggling'])
      expect({ status, wrong }, text).toEqual({ status: 0, wrong: expected })
    } finally {
      await proxy.stop()
    }
  })
})
