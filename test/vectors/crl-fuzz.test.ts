import { expect, it } from 'vitest'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { type DerNode, readDer } from '../../src/encoding/der-reader.ts'
import { concat, tlv } from '../../src/encoding/der-writer.ts'
import {
  type CertificateList,
  entriesOf,
  parseCertificateList,
  verifyCertificatePath,
} from '../../src/x509/index.ts'
import { type Random, seededRandom } from '../differential/random.ts'
import { type PathCase, requestOf } from '../support/node/path-suite.ts'
import { describeVectors, octets, readJsonLines } from '../support/node/vectors.ts'

/** The environment can set number and first seed, to reproduce a failure. */
const count = Number(process.env.CERTBOUND_FUZZ_CRLS ?? 40_000)
const firstSeed = Number(process.env.CERTBOUND_FUZZ_SEED ?? 1)
const verified = 1500

describeVectors('nist-pkits.jsonl', (path) => {
  const cases = readJsonLines<PathCase>(path)
  const lists = [...new Set(cases.flatMap(({ crls = [] }) => crls))].map(octets)
  const nodes = lists.map(walk)

  it('mutated CRLs are refused, or read like the parser that builds a tree', () => {
    let read = 0
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const der = mutant(seededRandom(seed), nodes)
      const outcome = parseCertificateList(der)
      if (!outcome.ok) continue
      read++
      expect({ seed, ...shapeOf(outcome.crl) }).toEqual({ seed, ...shapeOfTree(der) })
    }
    // Otherwise the test proves nothing.
    expect(read).toBeGreaterThan(count / 20)
    expect(read).toBeLessThan(count)
  }, 60_000)

  it('no mutated CRL gives the status good', async () => {
    const row = cases.find(({ id }) => id === 'pkits::4.1.1')
    if (row === undefined) return expect.fail('the case is not there')
    const request = { ...requestOf(row, 0), revocationDepth: 'leaf' as const }
    expect((await verifyCertificatePath(request)).ok).toBe(true)
    const originals = request.crls ?? []
    const trees = originals.map((der) => walk(Uint8Array.from(der)))
    for (let seed = firstSeed; seed < firstSeed + verified; seed++) {
      const crls = [mutant(seededRandom(seed), trees)]
      if (originals.some((der) => Buffer.compare(der, crls[0] ?? der) === 0)) continue
      const outcome = await verifyCertificatePath({ ...request, crls })
      const { ok, reason } = { reason: null, ...outcome }
      expect({ seed, ok, reason }).toEqual({ seed, ok: false, reason: 'revocation_unknown' })
    }
  }, 60_000)
})

function walk(der: Bytes): DerNode {
  const node = readDer(der, der.length)
  return node.ok ? node.value : expect.fail(node.error.why)
}

/** A CRL with one or two mutations: of single octets, or of elements with corrected lengths. */
function mutant(random: Random, lists: readonly DerNode[]): Bytes {
  const list = random.pick(lists)
  const first = random.chance(0.7) ? mutateTree(random, list, lists) : list.der
  return random.chance(0.5) ? first : mutateOctets(random, first)
}

function mutateOctets(random: Random, der: Bytes): Bytes {
  const at = random.below(der.length)
  const before = der.subarray(0, at)
  switch (random.below(4)) {
    case 0:
      return der.with(at, (der[at] ?? 0) ^ (1 << random.below(8))) as Bytes
    case 1:
      return concat(before, der.subarray(at + 1 + random.below(4)))
    case 2:
      return concat(before, Uint8Array.of(random.below(256)), der.subarray(at))
    default:
      return before as Bytes
  }
}

function mutateTree(random: Random, list: DerNode, lists: readonly DerNode[]): Bytes {
  const target = random.pick(elementsBelow(list))
  const encode = (node: DerNode): Bytes => {
    if (node === target) return mutateElement(random, node, lists)
    return node.children.length === 0 ? node.der : tlv(node.tag, ...node.children.map(encode))
  }
  return encode(list)
}

function mutateElement(random: Random, node: DerNode, lists: readonly DerNode[]): Bytes {
  const contents = node.contents
  switch (random.below(6)) {
    case 0:
      return new Uint8Array()
    case 1:
      return concat(node.der, node.der)
    case 2:
      return random.pick(elementsBelow(random.pick(lists))).der
    case 3:
      return tlv(
        random.pick([0x02, 0x04, 0x05, 0x0a, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0]),
        contents,
      )
    case 4:
      return tlv(node.tag, mutateOctets(random, concat(contents, Uint8Array.of(0))))
    default:
      return tlv(node.tag, ...node.children.toReversed().map(({ der }) => der))
  }
}

const elementsBelow = (node: DerNode): readonly DerNode[] =>
  node.children.flatMap((child) => [child, ...elementsBelow(child)])

/** The entries by a scan without a tree. */
function shapeOf(crl: CertificateList) {
  const serials: string[] = []
  const { cursor, next } = entriesOf(crl)
  while (next()) serials.push(hex(crl.der.subarray(cursor.serialFrom, cursor.serialTo)))
  return { count: crl.entryCount, serials }
}

/** The entries from the tree: revokedCertificates is the SEQUENCE after the times. */
function shapeOfTree(der: Bytes) {
  const fields = walk(der).children[0]?.children ?? []
  const lastTime = fields.findLastIndex(({ tag }) => tag === 0x17 || tag === 0x18)
  const list = fields[lastTime + 1]
  const entries = list?.tag === 0x30 ? list.children : []
  const serials = entries.map(({ children: [serial] }) =>
    serial === undefined ? 'none' : hex(serial.contents),
  )
  return { count: entries.length, serials }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
