import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { query } from '../storage/database.ts'
import { open } from './database/open.ts'

const bin = fileURLToPath(new URL('../../bin/certbound.js', import.meta.url))
const repeat = fileURLToPath(new URL('../../test/support/node/repeat-commands.ts', import.meta.url))

type Ended = { readonly status: number; readonly stdout: string; readonly stderr: string }

const node = (script: string, args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], (_, stdout, stderr) => {
      resolve({ status: child.exitCode ?? 1, stdout, stderr })
    })
  })

let folder: string
let dataDir: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-main-'))
  dataDir = join(folder, 'data')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const certbound = (...args: string[]) => node(bin, [...args, '--data-dir', dataDir])

const bolt = ['client', 'add', 'bolt', '--resource', 'https://api.example.com', '--jwks']

describe('the executable', { timeout: 60_000 }, () => {
  it('separates results, messages and exit statuses', async () => {
    const help = await node(bin, ['--help'])
    expect(help).toMatchObject({ status: 0, stderr: '' })
    expect(help.stdout).toContain('client add')
    const none = await certbound('client', 'list')
    expect(none).toMatchObject({ status: 1, stdout: '' })
    expect(none.stderr).toMatch(/there is no data folder[\s\S]*schema upgrade/)
    expect(await node(bin, ['clent', 'list'])).toMatchObject({ status: 2, stdout: '' })
    const unknown = await certbound('schema', 'status')
    expect(unknown).toMatchObject({ status: 1, stdout: '' })
    expect(unknown.stderr).toContain('there is no data folder')
    const nowhere = await node(bin, ['schema', 'upgrade', '--data-dir', bin])
    expect(nowhere).toMatchObject({ status: 1, stdout: '' })
    expect(nowhere.stderr).toMatch(/cannot be a data folder: .*\n.*--data-dir/)
  })

  it('makes the tables once, then uses them', async () => {
    expect((await certbound('schema', 'upgrade')).stdout).toContain('applied  0001_initial.sql')
    expect((await certbound('schema', 'upgrade')).stdout).toContain('nothing to apply')
    const jwks = join(folder, 'jwks.json')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
    await writeFile(jwks, JSON.stringify({ keys: [jwk] }))
    const added = await certbound(...bolt, jwks)
    expect(added).toMatchObject({ status: 0, stdout: expect.stringMatching(/^registered bolt\n/) })
    expect(added.stderr).toContain('next: tell the partner its client_id, bolt')
  })

  it('loses no write of concurrent processes, and never reports a busy database', async () => {
    const rounds = 24
    const toggles = Array.from({ length: rounds }, (_, i) => [
      'client',
      i % 2 ? 'enable' : 'disable',
      'bolt',
    ])
    const reads = Array.from({ length: rounds }, () => ['client', 'list'])
    const processes = await Promise.all(
      [toggles, toggles.toReversed(), reads].map((lines) =>
        node(repeat, [dataDir, folder, JSON.stringify(lines)]),
      ),
    )
    for (const { status, stdout, stderr } of processes) {
      expect(status, stderr).toBe(0)
      const { statuses, words } = JSON.parse(stdout) as { statuses: number[]; words: string[] }
      expect(statuses, words.join('\n')).toEqual(Array(rounds).fill(0))
    }
    const database = await open({ 'data-dir': dataDir, remote: false, config: undefined }, folder)
    try {
      const [client] = await query(
        database,
        "SELECT version, enabled FROM clients WHERE client_id = 'bolt'",
      )
      const entries = await query(
        database,
        "SELECT what FROM audit WHERE subject = 'bolt' ORDER BY id",
      )
      // Every change is in the audit, each from the state that the previous one left.
      expect(entries).toHaveLength(Number(client?.version))
      const changes = entries.slice(1).map((entry) => entry.what)
      expect(changes).toEqual(changes.map((_, i) => (i % 2 ? 'client.enable' : 'client.disable')))
      expect(client?.enabled).toBe(changes.length % 2 ? 0 : 1)
    } finally {
      await database.close()
    }
  })
})
