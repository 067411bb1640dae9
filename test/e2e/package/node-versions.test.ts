import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { mintIdentity } from '../../support/certificates.ts'

const run = promisify(execFile)
const required = process.env.CERTBOUND_NODE_VERSIONS_REQUIRED === '1'
const programOf = (name: string) =>
  join(projectRoot, 'scripts/node-versions/node_modules', name, 'bin/node')
const versions = [
  ['20', programOf('node-20')],
  ['22', programOf('node-22')],
  ['24', process.execPath],
] as const

/** The package as `npm pack` makes it, installed with its dependencies in a project of its own. */
let project: string
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'certbound-packed-'))
  await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: projectRoot })
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent']
  await run('npm', [...install, './certbound-0.1.0.tgz'], { cwd: project })
  // For local data only; a user installs it beside the package.
  symlinkSync(join(projectRoot, 'node_modules/miniflare'), join(project, 'node_modules/miniflare'))
  const now = Math.floor(Date.now() / 1000)
  const validity = { notBefore: now - 3600, notAfter: now + 86_400 }
  const ca = await mintIdentity({ ...validity, subject: 'CN=Acme Root', purpose: 'ca' })
  const subject = 'CN=partner'
  const partner = await mintIdentity({ ...validity, subject, issuer: ca })
  writeFileSync(join(project, 'ca.pem'), ca.cert)
  writeFileSync(join(project, 'partner.pem'), partner.cert)
}, 120_000)
afterAll(() => {
  rmSync(project, { recursive: true, force: true })
})

describe.each(versions)('the packed package on Node %s', (version, program) => {
  const there = existsSync(program)
  const test = there || required ? it : it.skip
  const note = there || required ? '' : ' (not installed: npm ci --prefix scripts/node-versions)'
  const node = (...args: string[]) => run(program, args, { cwd: project })
  const command = async (...args: string[]) => {
    const { stdout } = await node('node_modules/certbound/bin/certbound.js', ...args)
    return stdout
  }

  test(`is that version${note}`, async () => {
    const { stdout } = await node('--version')
    expect(stdout).toMatch(new RegExp(`^v${version}\\.`))
  })

  test(`runs commands that need no database${note}`, async () => {
    expect(await command('--help')).toContain('Usage: certbound COMMAND')
    expect(JSON.parse(await command('cert', 'inspect', '--json', 'partner.pem'))).toMatchObject({
      certificates: [{ subject: 'CN=partner' }],
    })
    expect(await command('cert', 'verify', '--anchor', 'ca.pem', 'partner.pem')).toContain('CN=')
    expect(
      await command(
        'proxy',
        'config',
        'nginx',
        '--upstream',
        'https://as.example.com',
        '--public-host',
        'mtls.example.com',
      ),
    ).toContain('ssl_verify_client optional_no_ca')
  })

  test(`registers a partner in local data${note}`, { timeout: 120_000 }, async () => {
    const data = ['--data-dir', `data-${version}`]
    await command('schema', 'apply', ...data)
    await command('ca', 'add', 'acme', 'ca.pem', ...data)
    const partner = ['--certificate', 'partner.pem', '--ca', 'acme', '--client-id', 'acme']
    const allowed = ['--scope', 'orders:read', '--resource', 'https://api.example.com']
    await command('client', 'add', 'Acme', ...partner, ...allowed, ...data)
    expect(JSON.parse(await command('client', 'show', 'acme', '--json', ...data))).toMatchObject({
      client_id: 'acme',
      token_endpoint_auth_method: 'tls_client_auth',
    })
  })

  test(`verifies a path and makes a verifier of tokens${note}`, async () => {
    writeFileSync(join(project, 'libraries.js'), libraries)
    const { stdout } = await node('libraries.js')
    expect(JSON.parse(stdout)).toEqual({ path: true, forged: 'unknown_issuer', status: 401 })
  })
})

const libraries = `
import { readFileSync } from 'node:fs'
import { createVerifier, refusalResponse } from 'certbound/resource-server'
import { nodeTlsCertificate } from 'certbound/resource-server/node'
import { verifyCertificatePath } from 'certbound/x509'

const der = (file) =>
  new Uint8Array(Buffer.from(readFileSync(file, 'utf8').replace(/-----.*?-----|\\s/g, ''), 'base64'))
const time = Math.floor(Date.now() / 1000)
const verify = (leaf, anchor) =>
  verifyCertificatePath({ leaf, intermediates: [], trustAnchors: [anchor], time })
const path = await verify(der('partner.pem'), der('ca.pem'))
const forged = await verify(der('partner.pem'), der('partner.pem'))
const verifier = createVerifier({
  issuer: 'https://as.example.com',
  audience: 'https://api.example.com',
  source: nodeTlsCertificate,
})
const verified = await verifier(new Request('https://api.example.com/'))
const { status } = refusalResponse(verified.error)
console.log(JSON.stringify({ path: path.ok, forged: forged.reason, status }))
`
