import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { headerNameProblem } from '../../doctor/checks/forged-headers.ts'
import { bad, descriptions, type FindingId, good, skipped } from '../../doctor/findings.ts'
import { doctorName, forgeCertificate } from '../../doctor/forge-certificate.ts'
import { run } from '../run.ts'
import { doctor } from './doctor.ts'
import { readArguments } from './options.ts'
import { reportJson, reportLines } from './report.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-doctor-'))
  const names = { subject: doctorName, issuer: doctorName, subjectAltName: null }
  const made = await forgeCertificate({ ...names, notBefore: 0, notAfter: 1 })
  await writeFile(join(folder, 'c.pem'), made.cert)
  await writeFile(join(folder, 'k.pem'), made.key)
  await writeFile(join(folder, 'locked.pem'), made.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const url = 'https://as.example'

describe('the command line', () => {
  const call = async (...args: string[]) => {
    const words: string[] = []
    const output = {
      out: (line: string) => void words.push(line),
      err: (line: string) => void words.push(line),
    }
    const status = await run(['doctor', ...args], [doctor], output, { cwd: folder })
    return { status, words: words.join('\n') }
  }
  const partner = ['--certificate', 'c.pem', '--client-id', 'a']

  it.each<[what: string, args: string[], status: number, words: RegExp]>([
    ['no URL', [], 2, /doctor needs URL/],
    ['plain HTTP', ['http://as.example'], 2, /want an https URL/],
    ['a query', [`${url}/?a`], 2, /want an https URL/],
    ['a user', ['https://a@as.example'], 2, /want an https URL/],
    ['a certificate without a client_id', [url, '--certificate', 'c.pem'], 2, /go together/],
    ['a key without a certificate', [url, '--key', 'k.pem'], 2, /go together/],
    ['no such file', [url, ...partner, '--key', 'x.pem'], 1, /x\.pem: there is no such file/],
    ['a file without a key', [url, ...partner, '--key', 'c.pem'], 1, /want a private key/],
    ['an encrypted key', [url, ...partner, '--key', 'locked.pem'], 1, /not encrypted/],
    ['an invalid header name', [url, '--header-name', 'a: b'], 2, /want the name of a header/],
    [
      'an invalid address',
      [url, '--resolve', 'as.example:443:elsewhere'],
      2,
      /want HOST:PORT:ADDRESS/,
    ],
    ['half of a resolution', [url, '--resolve', 'as.example:443'], 2, /want HOST:PORT:ADDRESS/],
  ])('%s', async (_, args, status, words) => {
    const called = await call(...args)
    expect(called.status).toBe(status)
    expect(called.words).toMatch(words)
  })

  const given = { certificate: 'c.pem', key: 'k.pem', 'client-id': 'a' }
  const none = { 'header-name': undefined, ca: undefined, resolve: [] }

  it('is read', async () => {
    const resolve = ['as.EXAMPLE:443:127.0.0.1', 'as.example:80:[::1]:8080']
    const read = await readArguments(
      url,
      { ...given, ...none, ca: 'c.pem', resolve },
      folder,
      'X-A',
    )
    const args = read.ok ? read.value : null
    expect(args).toMatchObject({ url: `${url}/`, headerName: 'X-A', partner: { clientId: 'a' } })
    expect(args?.partner?.identity?.key).toContain('BEGIN PRIVATE KEY')
    expect(args?.ca).toContain('BEGIN CERTIFICATE')
    expect([...(args?.resolutions ?? [])]).toEqual([
      ['as.example:443', { address: '127.0.0.1', port: 443 }],
      ['as.example:80', { address: '::1', port: 8080 }],
    ])
  })

  it('prefers the header name of the option to that of the environment', async () => {
    const named = { ...given, ...none, 'header-name': 'X-B' }
    expect(await readArguments(url, named, folder, 'X-A')).toMatchObject({
      value: { headerName: 'X-B' },
    })
    const unnamed = await readArguments(url, { ...given, ...none }, folder, '')
    expect(unnamed).toMatchObject({ value: { headerName: null } })
  })
})

describe('the report', () => {
  const sent = { requests: 3, posts: 1, connections: 4, throttled: 0, places: { 'a:443': 4 } }
  const findings = [
    good('reachable'),
    skipped('forged-http', 'why'),
    bad('resumption', `\u001b[2J${'evidence '.repeat(40)}`),
    bad('forged-header', `${'x'.repeat(250)}`),
    skipped('http-port', 'why'),
  ]
  const lines = reportLines(url, findings, sent)

  it('lists failures first, and explains them', () => {
    const rows = lines.slice(2, 7).map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))
    const rest = ['skipped forged-http', 'skipped http-port', 'pass reachable']
    expect(rows).toEqual(['fail forged-header', 'warn resumption', ...rest])
    expect(lines).toContain('  forged-http, http-port: why')
    expect(lines.at(-2)).toBe('1 failed, 1 warning, 1 passed, 2 skipped')
    expect(lines.at(-1)).toBe('Sent 3 requests, 1 of them forms, over 4 connections to a:443 (4).')
  })

  it('fits a terminal, and escapes control characters', () => {
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100)
    expect(lines.join('\n')).toContain('evidence: \\u{1b}[2Jevidence')
  })

  it('fits a terminal with every finding', () => {
    const ids = Object.keys(descriptions) as FindingId[]
    const all = reportLines(
      url,
      ids.map((id) => bad(id, '')),
      sent,
    )
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThanOrEqual(100)
  })

  it('is ok unless a check failed', () => {
    expect(reportJson(url, findings, sent)).toMatchObject({ ok: false, sent })
    expect(reportJson(url, [bad('resumption', 'a')], sent)).toMatchObject({
      ok: true,
      findings: [{ id: 'resumption', severity: 'warn', evidence: 'a' }],
    })
  })
})

describe("the header's name", () => {
  it.each<[name: string, problem: string | null]>([
    ['X-Client-Cert', 'it has 13 characters, and needs at least 32'],
    ['X-Client-Certificate-Of-Our-Partners', 'it does not look random'],
    ['Cert-3f9c2a71d5e84b06a1c7f2e9d0b84563', null],
  ])('%s', (name, problem) => {
    expect(headerNameProblem(name)).toBe(problem)
  })
})
