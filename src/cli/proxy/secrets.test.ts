import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { commands } from '../commands.ts'
import { run } from '../run.ts'

async function certbound(...args: readonly string[]) {
  const out: string[] = []
  const words: string[] = []
  const status = await run(args, commands, {
    out: (line) => void out.push(line),
    err: (line) => void words.push(line),
  })
  return { status, out: out.join('\n'), words: words.join('\n') }
}

/** The Worker's problems with printed secrets. */
const problemsOf = (secrets: Readonly<Record<string, string>>): readonly string[] => {
  const parsed = parseConfig({
    ISSUER: 'https://as.acme.net',
    KEY_ENCRYPTION_KEY: 'A'.repeat(43),
    CERTIFICATE_SOURCE: 'nginx',
    ...secrets,
  })
  return parsed.ok ? [] : parsed.error
}

describe('a new secret', () => {
  it('is accepted by the Worker, and different at each run', async () => {
    const name = await certbound('proxy', 'header-name')
    const credential = await certbound('proxy', 'credential')
    expect([name.status, credential.status]).toEqual([0, 0])
    expect(name.out).toMatch(/^Cert-[0-9a-f]{32}$/)
    expect(credential.out).toMatch(/^[0-9a-f]{64}$/)
    const secrets = { CERTIFICATE_HEADER: name.out, PROXY_CREDENTIAL: credential.out }
    expect(problemsOf(secrets)).toEqual([])
    expect((await certbound('proxy', 'header-name')).out).not.toBe(name.out)
    expect((await certbound('proxy', 'credential')).out).not.toBe(credential.out)
  })
  it('is user and password for HTTP Basic', async () => {
    const { out, status } = await certbound('proxy', 'credential', '--user', 'edge-1')
    expect(status).toBe(0)
    expect(out).toMatch(/^edge-1:[0-9a-f]{64}$/)
    const secrets = { PROXY_CREDENTIAL: out, PROXY_CREDENTIAL_HEADER: 'Authorization' }
    expect(problemsOf(secrets)).toEqual([])
  })
  it('is printed as JSON with --json', async () => {
    const name = await certbound('proxy', 'header-name', '--json')
    expect(JSON.parse(name.out)).toEqual({ name: expect.stringMatching(/^Cert-/) })
    const made = await certbound('proxy', 'credential', '--user', 'edge', '--json')
    expect(JSON.parse(made.out)).toEqual({ credential: expect.stringMatching(/^edge:/) })
  })
  it.each(['a:b', '', 'a b', 'a,b'])('is not made for the user %j', async (user) => {
    const ran = await certbound('proxy', 'credential', `--user=${user}`)
    expect(ran).toMatchObject({ status: 2, out: '', words: expect.stringContaining('--user') })
  })
})
