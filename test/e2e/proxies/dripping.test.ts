import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithProgram } from '../../support/node/debian.ts'
import { printed, proxyFiles } from '../../support/node/proxies/behind-proxy.ts'
import { cutOffAfter, type SlowPart } from '../../support/node/proxies/dripping.ts'
import { type ProxyProgram, proxyProbe } from '../../support/node/proxies/frames.ts'
import { freePort, type RunningProxy, startProxy } from '../../support/node/proxies/start-proxy.ts'

const programs = ['nginx', 'apache', 'haproxy', 'caddy'] as const

/** In milliseconds. The terminators need two seconds, and more on a busy machine. */
const timeout = 5_000

/** The printed configuration with timeouts of two instead of ten seconds. */
const withShortTimeouts = (configuration: string): string =>
  configuration.replaceAll(/\b10s\b/g, '2s').replaceAll(/\b(header|body)=10\b/g, '$1=2')

let folder = ''
let ca = ''
let unresponsive: Server
const running = new Map<ProxyProgram, RunningProxy>()
const ended = new Map<string, Promise<number | null>>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certbound-dripping-'))
  const files = await proxyFiles(folder)
  ca = files.ca
  await writeFile(join(folder, 'ca.pem'), ca)
  // The upstream never answers, so that only the terminator can end a request.
  unresponsive = createServer(files.server).listen(0, '127.0.0.1')
  await once(unresponsive, 'listening')
  const { port: upstream } = unresponsive.address() as AddressInfo
  await Promise.all(
    programs
      .filter((program) => existsSync(proxyProbe(program)[0]))
      .map(async (program) => {
        const [port, own] = [await freePort(), join(folder, program)]
        await mkdir(own)
        const { configuration } = await printed(
          program,
          '--upstream',
          `https://localhost:${upstream}`,
          ...files.options,
          '--upstream-ca',
          join(folder, 'ca.pem'),
          '--public-host',
          'localhost',
          '--listen',
          `127.0.0.1:${port}`,
        )
        running.set(program, await startProxy(program, withShortTimeouts(configuration), own, port))
        // All at the same time: each only waits.
        for (const part of ['headers', 'body'] as const) {
          ended.set(`${program} ${part}`, cutOffAfter(part, { port, ca, timeout }))
        }
      }),
  )
}, 60_000)

afterAll(async () => {
  await Promise.all([...running.values()].map((one) => one.stop()))
  unresponsive.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a request that is sent slowly', () => {
  for (const program of programs) {
    const expected: Readonly<Record<SlowPart, 'ended' | 'stays open'>> = {
      headers: 'ended',
      // nginx measures the time between two reads, and only forwards complete requests.
      body: program === 'nginx' ? 'stays open' : 'ended',
    }
    for (const [part, outcome] of Object.entries(expected)) {
      itWithProgram(...proxyProbe(program), `${program}: slow ${part}, ${outcome}`, async () => {
        const after = await ended.get(`${program} ${part}`)
        if (outcome === 'stays open') expect(after).toBeNull()
        else expect(after, running.get(program)?.logs()).toBeGreaterThan(1_500)
      })
    }
  }
})
