import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/local-stores/project-root.ts'
import { runNode } from '../support/node/certbound.ts'
import { type LocalEdge, startLocalEdge } from '../support/node/local-edge.ts'
import { tlsRequest } from '../support/node/tls-client.ts'

const run = promisify(execFile)
const main = join(projectRoot, 'src/local-edge/main.ts')
const once = (...args: string[]) =>
  runNode([main, '--once', '--port', '0', '--mtls-port', '0', ...args])

describe('a running local edge', () => {
  let edge: LocalEdge
  beforeAll(async () => {
    edge = await startLocalEdge()
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
  })

  it('has printed a bound token for each demo partner', () => {
    const { out } = edge.output()
    expect(out).toMatch(/demo-ca-issued, tls_client_auth:\n {2}header {2}\{"typ":"at\+jwt"/)
    expect(out).toMatch(/demo-self-signed, self_signed_tls_client_auth:\n {2}header/)
    expect(out).toMatch(/Ready in [\d.]+ s\. Ctrl-C to stop\./)
    expect(out.match(/"x5t#S256": "[\w-]{43}"/g)).toHaveLength(2)
  })

  /** Pastes the commands under a heading of the output into a shell. */
  const paste = async (heading: string): Promise<string> => {
    const commands = edge.output().out.split(`${heading}\n`)[1]?.split('\n\n')[0] ?? ''
    expect(commands).toContain('curl --cacert ')
    const script = `set -e\n${commands} --silent --fail`
    return (await run('/bin/sh', ['-c', script], { cwd: projectRoot })).stdout
  }

  it('has printed a curl command that works as it is', async () => {
    const token = JSON.parse(await paste('Try it:'))
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  })

  it('has printed commands that register a first partner and get its token', async () => {
    const before = await edge.certbound('client', 'show', 'new-partner')
    expect(before.code).toBe(1)
    const out = await paste('Register a partner yourself, in a second terminal, and get its token:')
    expect(out).toContain('registered new-partner')
    const token = JSON.parse(out.slice(out.indexOf('{"access_token"')))
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'orders:read' })
  }, 30_000)

  it('lets only the owner read keys', () => {
    const secrets = ['key-encryption-key', 'tls/localhost-key.pem', 'demo/new-partner-key.pem']
    const modes = secrets.map((file) => statSync(join(edge.dataDir, file)).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600, 0o600])
    expect(statSync(join(edge.dataDir, 'key-encryption-key')).size).toBe(44)
  })

  it('is the issuer of the metadata, with the mutual-TLS listener as alias', async () => {
    const url = `${edge.issuer}/.well-known/oauth-authorization-server`
    const answer = await tlsRequest({ url, ca: edge.ca })
    expect(answer.json()).toMatchObject({
      issuer: edge.issuer,
      token_endpoint: `${edge.issuer}/token`,
      mtls_endpoint_aliases: { token_endpoint: `${edge.mtlsOrigin}/token` },
    })
  })

  it('listens on the loopback addresses only', async () => {
    const { port } = new URL(edge.mtlsOrigin)
    const hexPort = Number(port).toString(16).toUpperCase().padStart(4, '0')
    const listening = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === '0A')
        .map(([, local]) => local?.split(':')[0]),
    )
    expect(listening).toContain('0100007F')
    const loopback = ['0100007F', '00000000000000000000000001000000']
    expect(listening.filter((address) => !loopback.includes(address ?? ''))).toEqual([])
  })

  it('refuses a second start on the same data folder', async () => {
    const second = await once('--data-dir', edge.dataDir)
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toContain(`process ${edge.pid}`)
    expect(second.err).toContain('--data-dir')
  })

  it('names the process that uses a port', async () => {
    const { port } = new URL(edge.issuer)
    const folder = await mkdtemp(join(tmpdir(), 'certbound-port-'))
    const second = await runNode([main, '--port', port, '--mtls-port', '0', '--data-dir', folder])
    await rm(folder, { recursive: true })
    expect(second.code).toBe(1)
    expect(second.err).toContain(`port ${port} is in use by process ${edge.pid}`)
    expect(second.err).toContain('--port')
  })

  it('lets the operator read its data while it runs', async () => {
    const listed = await edge.certbound('client', 'list', '--json')
    expect(listed.code).toBe(0)
    expect(listed.out).toContain('demo-self-signed')
  })

  it('rotates keys within seconds of the command', async () => {
    expect(await edge.certbound('key', 'rotate')).toMatchObject({ code: 0 })
    await edge.logged({ code: 'key_generated', intent: 1 })
  }, 20_000)
})

describe('starting and stopping', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certbound-starts-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('--once prints the token response and nothing else on standard output', async () => {
    const first = await once('--data-dir', folder)
    expect(first.code, first.err).toBe(0)
    expect(JSON.parse(first.out)).toMatchObject({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'orders:read orders:write',
    })
    expect(first.err).toContain('demo-self-signed, self_signed_tls_client_auth')
    expect(first.err).not.toContain('Try it')
  }, 60_000)

  it('keeps everything at the second start, which takes under five seconds', async () => {
    const files = [
      'key-encryption-key',
      'tls/localhost.pem',
      'demo/partner-ca.pem',
      'demo/ca-issued.pem',
      'demo/new-partner.pem',
      'demo/self-signed.pem',
    ]
    const contents = () => files.map((file) => readFileSync(join(folder, file), 'utf8'))
    const before = contents()
    const began = Date.now()
    const second = await once('--data-dir', folder)
    expect(second.code, second.err).toBe(0)
    expect(Date.now() - began).toBeLessThan(5_000)
    expect(contents()).toEqual(before)
  }, 30_000)

  it('stops with status 0 at a signal, and leaves no process behind', async () => {
    const edge = await startLocalEdge({ dataDir: folder, demo: false })
    expect(await edge.stop()).toBe(0)
    expect(await workerdOf(edge.pid)).toEqual([])
    const next = await once('--data-dir', folder)
    expect(next.code, next.err).toBe(0)
  }, 30_000)

  it('still serves after a crash of workerd', async () => {
    const edge = await startLocalEdge({ dataDir: folder, demo: false })
    const url = `${edge.issuer}/health`
    expect(await tlsRequest({ url, ca: edge.ca })).toMatchObject({ status: 200 })
    for (const pid of await workerdOf(edge.pid)) process.kill(pid, 'SIGKILL')
    const status = () =>
      tlsRequest({ url, ca: edge.ca }).then(
        (answer) => answer.status,
        () => 0,
      )
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    expect(await edge.stop()).toBe(0)
  }, 30_000)

  it('names a workerd that a killed local edge left behind', async () => {
    const edge = await startLocalEdge({ dataDir: folder, demo: false })
    const [workerd = 0] = await workerdOf(edge.pid)
    expect(workerd).toBeGreaterThan(0)
    process.kill(edge.pid, 'SIGKILL')
    await edge.stop()
    const refused = await once('--data-dir', folder)
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain(`kill ${workerd}`)
    process.kill(workerd, 'SIGKILL')
    const next = await once('--data-dir', folder)
    expect(next.code, next.err).toBe(0)
  }, 60_000)

  it('says which schema it needs if the database has another', async () => {
    const { openLocalStores } = await import('../../src/local-stores/open-local-stores.ts')
    const other = await mkdtemp(join(tmpdir(), 'certbound-schema-'))
    const stores = await openLocalStores(other)
    await stores.db.prepare('CREATE TABLE schema_version (version INTEGER)').run()
    await stores.db.prepare('INSERT INTO schema_version VALUES (999)').run()
    await stores.dispose()
    const refused = await once('--data-dir', other)
    await rm(other, { recursive: true })
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('schema version 999')
  }, 30_000)

  it('says why it got no token, with status 1', async () => {
    const disabled = await runNode([
      join(projectRoot, 'bin/certbound.js'),
      'client',
      'disable',
      'demo-ca-issued',
      '--data-dir',
      folder,
    ])
    expect(disabled.code, disabled.err).toBe(0)
    const refused = await once('--data-dir', folder)
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('got no token: 401 {"error":"invalid_client"')
  }, 30_000)
})

describe('the command line', () => {
  it('with an unknown option ends with status 2', async () => {
    const refused = await runNode([main, '--prot', '1'])
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toContain("Unknown option '--prot'")
    expect(refused.err).toContain('--help')
  })

  it('says how to pass an option that npm has read', async () => {
    const env = { npm_lifecycle_event: 'start', npm_config_once: 'true' }
    const refused = await runNode([main], { env })
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('npm start -- --once')
  })

  it('--help lists all options', async () => {
    const helped = await runNode([main, '--help'])
    expect(helped).toMatchObject({ code: 0, err: '' })
    expect(helped.out).toContain('--mtls-port')
  })

  it.each([
    ['package.json', 'it is a file'],
    ['/proc/nope', 'no folder can be created there'],
  ])('refuses the data folder %s', async (path, why) => {
    const refused = await once('--data-dir', resolve(projectRoot, path))
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(new RegExp(`^local edge: --data-dir: .*: ${why}`))
    expect(refused.err.trim().split('\n')).toHaveLength(1)
  })

  it('refuses a file without CAs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certbound-edge-ca-'))
    const none = join(projectRoot, 'package.json')
    const refused = await once('--data-dir', folder, '--edge-ca', none)
    await rm(folder, { recursive: true })
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('holds no certificates')
  })
})

/** The workerd processes of a parent. */
async function workerdOf(parent: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args='])
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, command]) => Number(ppid) === parent && command?.includes('workerd'))
    .map(([pid]) => Number(pid))
}
