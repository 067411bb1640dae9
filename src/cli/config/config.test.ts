import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMemoryDatabase } from '../../../test/support/node/memory-database.ts'
import { applyStatements } from '../../../test/support/node/schema.ts'
import { statement } from '../../storage/database.ts'
import { commands } from '../commands.ts'
import type { Context } from '../context.ts'
import type { OpenDatabase } from '../database/database.ts'
import type { Ended } from '../database/wrangler.ts'
import { OperatorFault } from '../outcome.ts'
import { run } from '../run.ts'

let folder: string
let database: OpenDatabase
let dispose: () => Promise<void>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-config-'))
  ;({ database, dispose } = await openMemoryDatabase())
}, 30_000)
afterAll(async () => {
  await dispose()
  await rm(folder, { recursive: true, force: true })
})

const toml = (vars: string, ids = true) => `
name = "certbound"
main = "worker.ts"
compatibility_date = "2026-10-01"
compatibility_flags = ["global_fetch_strictly_public"]
workers_dev = false
preview_urls = false
routes = [{ pattern = "as.acme.net", custom_domain = true }]
[vars]
ISSUER = "https://as.acme.net"
${vars}
[[d1_databases]]
binding = "DB"
database_name = "certbound"
database_id = "${ids ? '7d1d1b1c-1111-4111-8111-111111111111' : '00000000-0000-0000-0000-000000000000'}"
[[kv_namespaces]]
binding = "KV"
id = "0f2ac74b498b48028cb68387c421e279"
[[ratelimits]]
name = "RATE_LIMIT_ADDRESS"
namespace_id = "1"
simple = { limit = 1, period = 60 }
[[ratelimits]]
name = "RATE_LIMIT_CLIENT"
namespace_id = "2"
simple = { limit = 1, period = 60 }
[triggers]
crons = ["* * * * *"]
[secrets]
required = ["KEY_ENCRYPTION_KEY"]
`

const loggedOut: Ended = { status: 1, stdout: '', stderr: '✘ [ERROR] You are not logged in. Do.' }
const secrets = (names: string[]): Ended => ({
  status: 0,
  stdout: JSON.stringify(names.map((name) => ({ name, type: 'secret_text' }))),
  stderr: '',
})

async function check(file: string, args: string[], world: Partial<Context> = {}) {
  await writeFile(join(folder, 'wrangler.toml'), file)
  const out: string[] = []
  const err: string[] = []
  const status = await run(
    ['config', 'check', ...args],
    commands,
    { out: (line) => void out.push(line), err: (line) => void err.push(line) },
    { cwd: folder, wrangler: async () => loggedOut, ...world },
  )
  return { status, out: out.join('\n'), err: err.join('\n') }
}

describe('config check', () => {
  it('accepts what the Worker accepts', async () => {
    expect(await check(toml('TOKEN_TTL = 300'), [])).toMatchObject({
      status: 0,
      out: 'wrangler.toml is in order',
    })
  })
  it('reports every problem', async () => {
    const ran = await check(toml('TOKEN_TTL = 999999\nSIGNING_ALG = "HS256"'), [])
    expect(ran.status).toBe(1)
    expect(ran.out).toMatch(/^TOKEN_TTL: .*\nSIGNING_ALG: /)
    expect(ran.err).toContain('2 problems in wrangler.toml')
  })
  it('refuses a variable that the Worker would ignore', async () => {
    expect(await check(toml('TOKEN_TT = 300'), [])).toMatchObject({
      status: 1,
      out: 'TOKEN_TT: no variable of the Worker; did you mean TOKEN_TTL?',
    })
  })
  const behindNginx = 'CERTIFICATE_SOURCES = { "as.acme.net" = "nginx" }'
  it('checks a header source without its secrets, and shows which it needs', async () => {
    const ran = await check(toml(behindNginx), [])
    expect(ran).toMatchObject({ status: 0, out: 'wrangler.toml is in order' })
    expect(ran.err).toMatch(
      /^needs the secret PROXY_CREDENTIAL; `certbound proxy credential \| .*\nadvised: CERTIFICATE_HEADER/,
    )
  })
  it.each([
    [
      'CERTIFICATE_SOURCES = { "as.acme.net" = "ngnix" }',
      /^CERTIFICATE_SOURCES: as.acme.net: want/,
    ],
    [`${behindNginx}\nPROXY_CERTIFICATES = "x"`, /^PROXY_CERTIFICATES: want/],
    [`${behindNginx}\nCERTIFICATE_HEADER_ALONE = "yes"`, /^CERTIFICATE_HEADER_ALONE: want/],
    [
      `${behindNginx}\nPROXY_CREDENTIAL = "f2f3a802ea4dbd08af347130118c9851f5c7"`,
      /^vars.PROXY_CREDENTIAL: a secret; store it with/,
    ],
  ])('refuses %s', async (vars, problem) => {
    const ran = await check(toml(vars), [])
    expect(ran).toMatchObject({ status: 1, out: expect.stringMatching(problem) })
  })
  it('reports an invalid and a missing file', async () => {
    expect(await check('name = ', [])).toMatchObject({
      status: 1,
      err: expect.stringContaining('line 1'),
    })
    const none = await check('', ['--config', 'other.toml'])
    expect(none).toMatchObject({ status: 1, err: expect.stringContaining('--config FILE') })
  })
})

describe('config check --deploy', () => {
  const openAny = async () => database
  it('reports what it cannot check', async () => {
    const refusing = async () =>
      Promise.reject(new OperatorFault('wrangler is not logged in. Log in.', []))
    const ran = await check(toml(''), ['--deploy'], { openAny: refusing })
    expect(ran.status).toBe(0)
    expect(ran.err).toBe(
      'not checked: the secret KEY_ENCRYPTION_KEY: You are not logged in.\nnot checked: the deployed tables: wrangler is not logged in.',
    )
  })
  it('refuses a deployment without its secret and its tables', async () => {
    const ran = await check(toml(''), ['--deploy'], {
      openAny,
      wrangler: async () => secrets(['OTHER']),
    })
    expect(ran.status).toBe(1)
    expect(ran.out).toMatch(
      /^the secret KEY_ENCRYPTION_KEY is not set.*\nthe secret OTHER: no variable of the Worker\. Delete .*delete OTHER`\nthe deployed database has no tables/,
    )
  })
  it('accepts a complete deployment', async () => {
    await applyStatements(database)
    const ran = await check(toml(''), ['--deploy'], {
      openAny,
      wrangler: async () => secrets(['KEY_ENCRYPTION_KEY']),
    })
    expect(ran).toEqual({ status: 0, out: 'wrangler.toml is in order', err: '' })
  })
  const behindNginx = 'CERTIFICATE_SOURCES = { "as.acme.net" = "nginx" }'
  const bySubject = `${behindNginx}\nPROXY_TRUST_ANCHOR_SET = "proxies"\nPROXY_SUBJECT_DN = "CN=edge"`
  const key = 'KEY_ENCRYPTION_KEY'
  it.each<[name: string, vars: string, names: string[], status: number, out: RegExp]>([
    [
      'no authentication of the proxy',
      behindNginx,
      [key],
      1,
      /^the secret PROXY_CREDENTIAL is not set: anyone/,
    ],
    ['a credential', behindNginx, [key, 'PROXY_CREDENTIAL'], 0, /^wrangler.toml is in order$/],
    ['only a random name', behindNginx, [key, 'CERTIFICATE_HEADER'], 1, /^the secret PROXY_CRED/],
    ['missing anchors', bySubject, [key], 1, /^PROXY_TRUST_ANCHOR_SET: .* set proxies;/],
    [
      'a misspelt secret',
      behindNginx,
      [key, 'PROXY_CREDENTIAL', 'PROXY_CERTIFICATE'],
      1,
      /^the secret PROXY_CERTIFICATE: no variable of the Worker; did you mean PROXY_CERTIFICATES\? Delete/,
    ],
    [
      'a previous credential without a current one',
      bySubject,
      [key, 'PROXY_CREDENTIAL_PREVIOUS'],
      1,
      /^PROXY_CREDENTIAL_PREVIOUS: /,
    ],
  ])('%s', async (_, vars, names, status, out) => {
    const ran = await check(toml(vars), ['--deploy'], {
      openAny,
      wrangler: async () => secrets(names),
    })
    expect(ran).toMatchObject({ status, out: expect.stringMatching(out) })
  })
  it('shows which secrets a header source needs if it cannot list them', async () => {
    const ran = await check(toml(behindNginx), ['--deploy'], { openAny })
    expect(ran.status).toBe(0)
    expect(ran.err).toMatch(/not checked: the secret.*\nneeds the secret PROXY_CREDENTIAL;/)
  })
  it('finds the anchors of the proxy', async () => {
    await database.batch([
      statement(
        "INSERT INTO trust_anchor_sets (name, version, created_at) VALUES ('proxies', 1, 1)",
      ),
      statement(
        `INSERT INTO trust_anchors (set_name, sha256, certificate, subject, not_after, added_at)
         VALUES ('proxies', '${'a'.repeat(64)}', x'00', 'CN=Root', 1, 1)`,
      ),
    ])
    const ran = await check(toml(bySubject), ['--deploy'], {
      openAny,
      wrangler: async () => secrets([key, 'CERTIFICATE_HEADER']),
    })
    expect(ran).toEqual({ status: 0, out: 'wrangler.toml is in order', err: '' })
  })
  it('does not call wrangler while ids are missing', async () => {
    const never = async () => Promise.reject(new Error('asked'))
    const ran = await check(toml('', false), ['--deploy'], { openAny: never, wrangler: never })
    expect(ran).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^d1_databases: fill in/),
    })
  })
})
