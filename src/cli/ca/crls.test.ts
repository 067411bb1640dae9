import { afterAll, beforeAll, expect, it } from 'vitest'
import { mintCrl } from '../../../test/support/mint/mint.ts'
import { type CommandLine, commandLine, now } from '../../../test/support/node/command-line.ts'
import { mintCa } from '../../../test/support/node/partners.ts'
import { fromHex } from '../../encoding/hex.ts'
import { crlHeaders, readShard } from '../../revocation/crl-store.ts'
import type { Database } from '../../storage/database.ts'
import { lookUp, shardOf } from '../../x509/index.ts'
import { inlineParameters } from '../database/literal.ts'
import { installCrls } from './crls.ts'

let cli: CommandLine
beforeAll(async () => {
  cli = await commandLine()
}, 30_000)
afterAll(() => cli.dispose())

it('stores a large CRL by commands without parameters, each below the size limit', async () => {
  const sizes: number[] = []
  // As remote.ts sends them.
  const remote: Database = {
    ...cli.database,
    batch(statements) {
      const texts = statements.map(inlineParameters)
      sizes.push(texts.join('; ').length)
      return cli.database.batch(texts.map((sql) => ({ sql, parameters: [] })))
    },
  }
  const root = await mintCa('CN=Root, O=It’s', now)
  await cli.pem('root.pem', root.certificate)
  await cli.run('ca', 'add', 'x', 'root.pem')
  const serialOf = (i: number) => (1n << 120n) + BigInt(i) * 7919n
  const entries = Array.from({ length: 6000 }, (_, i) => ({ serial: serialOf(i) }))
  const dates = { thisUpdate: now - 60, nextUpdate: now + 60 }
  const der = await mintCrl({ issuer: root.name, signWith: root.key, ...dates, entries })
  const files = { crls: [{ file: 'x.crl', der }], issuers: [] }
  const target = { remote: true, 'dry-run': false }
  expect(await installCrls(remote, 'x', files, { now }, target)).toMatchObject([
    { outcome: 'stored', detail: expect.stringContaining('6000 entries') },
  ])
  expect(Math.max(...sizes)).toBeLessThan(90_000)
  const [header] = await crlHeaders(remote, 'x')
  if (header === undefined) throw new Error('the list was stored')
  const octets = fromHex(serialOf(5999).toString(16).padStart(32, '0')) ?? new Uint8Array()
  const number = shardOf(header, octets) ?? 0
  expect(number).toBeGreaterThan(0)
  const shard = (await readShard(remote, header, number)) ?? new Uint8Array()
  const place = { listId: fromHex(header.id) ?? new Uint8Array(), number }
  expect(lookUp(shard, place, octets)).toMatchObject({ reasonCode: null })
})
