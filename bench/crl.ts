import { type Bytes, equalBytes } from '../src/encoding/bytes.ts'
import { sequence, tlv } from '../src/encoding/der-writer.ts'
import { fromHex } from '../src/encoding/hex.ts'
import {
  buildCrlIndex,
  type CertificateList,
  entriesOf,
  lookUp,
  parseCertificateList,
  shardOf,
} from '../src/x509/index.ts'
import { generateKeyPair, mintCrl, mintTime } from '../test/support/mint/mint.ts'
import type { Contest, Side } from './harness/contest.ts'
import { contests } from './harness/part.ts'

const time = 1_750_000_000

/** The length that most public CAs use. */
const serialOctets = 16

export const crlPart = contests(
  'one serial number looked up among 1 000 and among 1 000 000 revoked ones',
  async (): Promise<readonly Contest[]> => {
    const small = await mintList(1_000)
    const large = await mintList(1_000_000)
    return [
      {
        title: 'CRL lookup',
        sides: {
          '1m': await lookups('index of 1 000 000', large),
          '1k': await lookups('index of 1 000', small),
          scan: scans('1 000 read from the list', small),
        },
        figures: [
          { name: 'crl_lookup_1m_vs_1k', ours: '1m', theirs: '1k', by: 'cost' },
          { name: 'crl_lookup_1m_vs_scan_of_1k', ours: '1m', theirs: 'scan', by: 'rate' },
        ],
      },
    ]
  },
)

/** A CRL with serial numbers that are spread like random ones, the same in every run. */
async function mintList(count: number): Promise<CertificateList> {
  const signWith = await generateKeyPair('ES256')
  // One entry is encoded, then copied with other serial numbers.
  const pattern = sequence(tlv(0x02, new Uint8Array(serialOctets)), mintTime(time))
  const entries = new Uint8Array(count * pattern.length)
  for (let i = 0; i < count; i++) {
    entries.set(pattern, i * pattern.length)
    entries.set(serialNumber(i), i * pattern.length + 4)
  }
  const der = await mintCrl({
    issuer: 'CN=CA,O=Bench',
    thisUpdate: time,
    nextUpdate: time + 86_400,
    signWith,
    entries: [entries],
  })
  const parsed = parseCertificateList(der)
  if (!parsed.ok) throw new Error(parsed.reason)
  if (parsed.crl.entryCount !== count) throw new Error(`${parsed.crl.entryCount} entries`)
  return parsed.crl
}

/** The nth serial number, positive. */
function serialNumber(n: number): Bytes {
  const octets = new Uint8Array(serialOctets)
  const view = new DataView(octets.buffer)
  // An odd multiplier permutes the 32-bit numbers: no two results are the same.
  view.setUint32(0, (Math.imul(n + 1, 0x9e3779b1) >>> 2) | 0x40000000)
  view.setUint32(4, Math.imul(n + 1, 0x9e3779b1))
  view.setUint32(12, Math.imul(n + 1, 0x85ebca6b))
  return octets
}

/** Selects the shard by the header, then finds the record: the cost of a request without the read of the shard. */
async function lookups(label: string, list: CertificateList): Promise<Side> {
  const built = await buildCrlIndex(list, { anchorSet: 'bench', issuerKey: 'ab'.repeat(32) })
  if (!built.ok) throw new Error(built.error)
  const { header } = built.value
  const shards = [...built.value.shards()]
  const listId = fromHex(header.id) ?? new Uint8Array()
  const wanted = wantedOf(list)
  return {
    label,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { serial, revoked } = wanted[i % wanted.length] ?? never()
        const number = shardOf(header, serial)
        const shard = number === null ? undefined : shards[number]
        const found =
          number === null || shard === undefined ? null : lookUp(shard, { listId, number }, serial)
        if (found === 'mismatch' || (found !== null) !== revoked) throw new Error('a wrong answer')
      }
    },
  }
}

/** The work without an index. */
function scans(label: string, list: CertificateList): Side {
  const wanted = wantedOf(list)
  return {
    label,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { serial, revoked } = wanted[i % wanted.length] ?? never()
        if (isListed(list, serial) !== revoked) throw new Error('a wrong answer')
      }
    },
  }
}

function isListed(list: CertificateList, serial: Bytes): boolean {
  const { cursor, next } = entriesOf(list)
  while (next()) {
    if (equalBytes(cursor.source.subarray(cursor.serialFrom, cursor.serialTo), serial)) return true
  }
  return false
}

/** Serial numbers from the whole list. Every second one is revoked. */
const wantedOf = ({ entryCount }: CertificateList) =>
  Array.from({ length: 1024 }, (_, i) => {
    const revoked = i % 2 === 0
    const n = Math.floor((i * entryCount) / 1024)
    return { serial: serialNumber(revoked ? n : entryCount + n), revoked }
  })

function never(): never {
  throw new Error('nothing is wanted')
}
