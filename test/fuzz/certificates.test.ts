import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type Bytes, equalBytes } from '../../src/encoding/bytes.ts'
import {
  formatDistinguishedName,
  matchDistinguishedName,
  namesEqual,
  parseCertificate,
  subjectAltNameKeys,
  verifyCertificatePath,
} from '../../src/x509/index.ts'
import { makeKeys, mint, now, validChain } from '../differential/draft.ts'
import { mutations } from '../differential/mutations.ts'
import { type Random, seededRandom } from '../differential/random.ts'
import { octets, readJsonLines, vectorsPath } from '../support/node/vectors.ts'
import { mutate } from './mutate.ts'

/** CERTBOUND_INPUTS=10000000 CERTBOUND_SEED=7 npx vitest run --project node test/fuzz */
const count = Number(process.env.CERTBOUND_INPUTS ?? 100_000)
const firstSeed = Number(process.env.CERTBOUND_SEED ?? 1)
/** One of this number of inputs is verified on a path. */
const verifiedShare = 10
/** In milliseconds: more than any certificate takes, even on a busy machine. */
const hang = 500
vi.setConfig({ testTimeout: 120_000 + 5 * count, hookTimeout: 60_000 })

/** A chain that verifies: leaf, intermediate, anchor. */
type Chain = readonly [leaf: Bytes, intermediate: Bytes, anchor: Bytes]

let corpus: Bytes[] = []
let chains: Chain[] = []

beforeAll(async () => {
  const keys = await makeKeys()
  const path = vectorsPath('parser-corpus.jsonl.gz')
  const real = existsSync(path)
    ? readJsonLines<{ der: string }>(path).map(({ der }) => octets(der))
    : []
  // With or without vectors: every mutation of the differential test once.
  for (const [seed, mutation] of Object.values(mutations).entries()) {
    const random = seededRandom(seed)
    const chain = await validChain(random, keys)
    const plain = await Promise.all(chain.certificates.map(mint))
    const [leaf, intermediate, anchor] = plain
    if (plain.length === 3 && leaf && intermediate && anchor)
      chains.push([leaf, intermediate, anchor])
    await mutation(chain, random, keys)
    corpus.push(...(await Promise.all(chain.certificates.map(mint))))
  }
  chains = chains.slice(0, 20)
  corpus = [...corpus, ...real.filter((der) => der.length < 4096)]
})

describe('mutated certificates', () => {
  it(`${count}: no parser throws or hangs, and a parsed certificate has the given octets`, () => {
    let parsed = 0
    const slow: string[] = []
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const random = seededRandom(seed)
      const der = mutate(random.pick(corpus), corpus, random)
      const before = performance.now()
      if (readsWell(der, `seed ${seed}`)) parsed++
      const took = performance.now() - before
      if (took > hang) slow.push(`seed ${seed}: ${took} ms`)
    }
    console.log(`${count} inputs, ${parsed} still parse`)
    expect(slow).toEqual([])
    // If no mutated certificate parsed, the test would prove nothing.
    expect(parsed).toBeGreaterThan(count / 50)
  })

  it(`${count / verifiedShare} on paths: no changed certificate is accepted`, async () => {
    const inputs = Math.floor(count / verifiedShare)
    for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
      await changesNothing(seededRandom(seed), `seed ${seed}`)
    }
  })
})

/** Runs every parser that handles an unverified certificate. */
function readsWell(der: Bytes, label: string): boolean {
  const outcome = parseCertificate(der)
  if (!outcome.ok) return false
  const { certificate } = outcome
  if (!equalBytes(certificate.der, der)) expect.fail(`${label}: not what was given`)
  const text = formatDistinguishedName(certificate.subjectDer)
  matchDistinguishedName(text, certificate.subjectDer)
  if (!namesEqual(certificate.issuerDer, certificate.issuerDer)) expect.fail(`${label}: not itself`)
  for (const type of ['dns', 'uri', 'ip', 'email'] as const) subjectAltNameKeys(certificate, type)
  return true
}

/** Mutates one certificate of a valid chain; if the chain still verifies, nothing has changed. */
async function changesNothing(random: Random, label: string): Promise<void> {
  const chain = random.pick(chains)
  const place = random.below(3)
  const [leaf, intermediate, anchor] = chain.map((der, depth) =>
    depth === place ? mutate(der, corpus, random) : der,
  )
  const original = chain[place]
  if (!leaf || !intermediate || !anchor || !original) return
  const outcome = await verifyCertificatePath({
    leaf,
    intermediates: [intermediate],
    trustAnchors: [anchor],
    time: now,
    extendedKeyUsage: random.pick(['clientAuth', 'any']),
  })
  if (!outcome.ok) return
  const [there] = outcome.path.certificates.slice(place)
  const was = parseCertificate(original)
  if (there === undefined || !was.ok) return expect.fail(label)
  // Signed certificates must be unchanged in every octet, an anchor only in its name and key.
  const same =
    place < 2
      ? equalBytes(there.der, original)
      : equalBytes(there.subjectPublicKeyInfo, was.certificate.subjectPublicKeyInfo) &&
        namesEqual(there.subjectDer, was.certificate.subjectDer)
  expect(same, label).toBe(true)
}
