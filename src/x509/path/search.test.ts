import { describe, expect, it, vi } from 'vitest'
import { nothing } from '../../../test/support/mint/der.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extension,
  generateKeyPair,
  mintCertificate,
  subjectKeyIdentifier,
} from '../../../test/support/mint/mint.ts'
import {
  authority,
  ca,
  caKey,
  caRequest,
  leafRequest,
  now,
  otherKey,
  rootKey,
  rootRequest,
} from '../../../test/support/worker/chain-of-three.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { sequence } from '../../encoding/der-writer.ts'
import { parseCertificate } from '../parse-certificate.ts'
import { trustAnchor, unparsedCertificate } from './candidate.ts'
import {
  type ParsedPathRequest,
  type PathRequest,
  verifyCertificatePath,
  verifyParsedPath,
} from './verify-path.ts'

const withPathLen = (pathLen: number) => [basicConstraints({ cA: true, pathLen })]

describe('a search', async () => {
  const root = await mintCertificate(rootRequest)
  const leaf = await mintCertificate(leafRequest)
  const good = await mintCertificate(caRequest)
  const search = (intermediates: readonly Bytes[], request: Partial<PathRequest> = {}) =>
    verifyCertificatePath({ leaf, intermediates, trustAnchors: [root], time: now, ...request })

  it('finds the valid one among twins, in any order', async () => {
    const twins = await Promise.all([
      authority('CN=ca', caKey, 'CN=root', rootKey, { notAfter: now - 1 }),
      authority('CN=ca', otherKey, 'CN=root', rootKey),
      authority('CN=ca', caKey, 'CN=elsewhere', otherKey),
      authority('CN=unrelated', otherKey, 'CN=unrelated', otherKey),
    ])
    for (let turn = 0; turn <= twins.length; turn++) {
      const intermediates = twins.toSpliced(turn, 0, good)
      expect((await search([root, leaf, ...intermediates, good])).ok).toBe(true)
    }
    expect(await search(twins)).toMatchObject({ ok: false, reason: 'expired' })
  })

  it('finds the path despite wrong key identifiers', async () => {
    const id = Uint8Array.of(1, 2, 3)
    const named = await mintCertificate({
      ...leafRequest,
      extensions: [authorityKeyIdentifier(id)],
    })
    const liar = await authority('CN=ca', otherKey, 'CN=root', rootKey, {
      extensions: [...ca, subjectKeyIdentifier(id)],
    })
    const truth = await authority('CN=ca', caKey, 'CN=root', rootKey, {
      extensions: [...ca, subjectKeyIdentifier(Uint8Array.of(9))],
    })
    expect((await search([liar, truth], { leaf: named })).ok).toBe(true)
  })

  it('uses no CA twice on a path', async () => {
    const circle = await Promise.all([
      authority('CN=ca', caKey, 'CN=b', otherKey),
      authority('CN=b', otherKey, 'CN=ca', caKey),
      authority('CN=ca', caKey, 'CN=ca', caKey),
    ])
    expect(await search(circle)).toMatchObject({ ok: false, reason: 'unknown_issuer' })
    expect((await search([...circle, good])).ok).toBe(true)
  })

  it('self-issued certificates do not count for pathLen (RFC 5280 section 6.1.4 (l))', async () => {
    const [one, two] = await Promise.all([
      authority('CN=ca', otherKey, 'CN=root', rootKey, { extensions: withPathLen(0) }),
      authority('CN=ca', caKey, 'CN=ca', otherKey),
    ])
    expect((await search([one, two])).ok).toBe(true)
    const other = await authority('CN=cb', otherKey, 'CN=root', rootKey, {
      extensions: withPathLen(0),
    })
    const below = await authority('CN=ca', caKey, 'CN=cb', otherKey)
    expect(await search([other, below])).toMatchObject({ reason: 'path_too_long', pathLen: 0 })
  })

  it('an anchor need not be self-signed, nor be the root', async () => {
    expect((await search([], { trustAnchors: [good] })).ok).toBe(true)
    expect((await search([good], { trustAnchors: [good] })).ok).toBe(true)
  })

  it('an anchor as its own leaf', async () => {
    const self = await mintCertificate({ ...rootRequest, extensions: [] })
    expect((await search([], { leaf: self, trustAnchors: [self] })).ok).toBe(true)
    const issued = await search([], { trustAnchors: [leaf] })
    expect(issued).toMatchObject({ ok: false, reason: 'unknown_issuer' })
  })

  it('skips an anchor with the right name and another key', async () => {
    const impostor = await mintCertificate({
      ...rootRequest,
      publicKey: otherKey,
      signWith: otherKey,
      notAfter: now + 9999,
    })
    expect((await search([good], { trustAnchors: [impostor, root] })).ok).toBe(true)
    expect(await search([good], { trustAnchors: [impostor] })).toMatchObject({
      reason: 'signature_invalid',
    })
  })

  it('skips candidates without a path to an anchor, and reports the deepest failure', async () => {
    const high = await Promise.all([
      authority('CN=ca', caKey, 'CN=b', otherKey),
      authority('CN=b', otherKey, 'CN=missing', otherKey),
    ])
    expect(await search(high)).toMatchObject({
      reason: 'unknown_issuer',
      certificate: { depth: 2, subject: 'CN=b' },
      issuer: 'CN=missing',
    })
  })

  it('an expired CA is not reported unless it signed the leaf', async () => {
    const expired = await authority('CN=ca', otherKey, 'CN=root', rootKey, { notAfter: now - 1 })
    expect(await search([expired])).toMatchObject({ reason: 'unknown_issuer' })
  })

  it('stops at the end of its budget, and reports it', async () => {
    // Eight CAs that all certify each other, and a forged way to the anchor.
    const mesh = await Promise.all(Array.from({ length: 8 }, () => generateKeyPair('ES256')))
    const [first = otherKey] = mesh
    const certificates = await Promise.all([
      ...mesh.flatMap((key, i) =>
        mesh.flatMap((by, j) => (i === j ? [] : [authority(`CN=${i}`, key, `CN=${j}`, by)])),
      ),
      authority('CN=0', first, 'CN=root', otherKey),
    ])
    const lost = await mintCertificate({
      ...leafRequest,
      issuer: 'CN=1',
      signWith: mesh[1] ?? first,
    })
    const outcome = await search(certificates, { leaf: lost })
    expect(outcome).toEqual({ ok: false, reason: 'budget_spent', budget: 'steps' })
    const true0 = await authority('CN=0', first, 'CN=root', rootKey)
    expect((await search([...certificates, true0], { leaf: lost })).ok).toBe(true)
  })

  it('reads a limited number of certificates', async () => {
    expect(await search(new Array(65).fill(leaf))).toMatchObject({ budget: 'certificates' })
    expect((await search([...new Array(63).fill(leaf), good])).ok).toBe(true)
  })

  it('reads a limited number of octets', async () => {
    const big = await authority('CN=x', otherKey, 'CN=x', otherKey, {
      extensions: [extension('1.2.3.4', false, new Uint8Array(24_000))],
    })
    expect((await search([good, big])).ok).toBe(true)
    expect(await search([good, big, big])).toMatchObject({ budget: 'certificates' })
  })

  it('verifies a limited number of signatures', async () => {
    const many = await Promise.all(
      Array.from({ length: 12 }, async () =>
        authority('CN=ca', await generateKeyPair('ES512'), 'CN=root', otherKey),
      ),
    )
    expect(await search(many)).toMatchObject({ reason: 'budget_spent', budget: 'signatures' })
    expect((await search([...many, good])).ok).toBe(true)
  })

  it('keys that cannot have made a signature cost nothing', async () => {
    const rsa = await generateKeyPair('RS256')
    const many = await Promise.all(
      Array.from({ length: 60 }, (_, serial) =>
        authority('CN=ca', rsa, 'CN=root', otherKey, { serial: serial + 1 }),
      ),
    )
    expect(await search(many)).toMatchObject({ reason: 'signature_invalid' })
  })
})

describe('stored intermediates', async () => {
  const root = await mintCertificate(rootRequest)
  const leaf = await mintCertificate(leafRequest)
  const good = await mintCertificate(caRequest)
  const search = (request: Partial<PathRequest>) =>
    verifyCertificatePath({ leaf, intermediates: [], trustAnchors: [root], time: now, ...request })
  const lookalikes = await Promise.all(
    Array.from({ length: 60 }, async (_, i) =>
      authority('CN=ca', await generateKeyPair('ES256'), 'CN=root', rootKey, {
        notAfter: now + 5000 + i,
      }),
    ),
  )

  it('lead to the anchor as presented ones do', async () => {
    expect(await search({})).toMatchObject({ ok: false, reason: 'unknown_issuer' })
    expect(await search({ knownIntermediates: [good] })).toMatchObject({ ok: true })
    // They do not replace valid presented ones.
    const unrelated = lookalikes.slice(0, 32)
    const both = { intermediates: [good], knownIntermediates: unrelated }
    expect(await search(both)).toMatchObject({ ok: true })
  })

  it('are tried before presented ones of the same name can spend the budget', async () => {
    const presented = { intermediates: [...lookalikes, good] }
    const verify = vi.spyOn(crypto.subtle, 'verify')
    expect(await search({ ...presented, knownIntermediates: [good] })).toMatchObject({ ok: true })
    expect(verify).toHaveBeenCalledTimes(2)
    verify.mockClear()
    await search(presented)
    expect(verify.mock.calls.length).toBeGreaterThan(50)
    verify.mockRestore()
  })

  it('are not anchors', async () => {
    const request = { trustAnchors: [lookalikes[0] ?? root], knownIntermediates: [good, root] }
    expect(await search(request)).toMatchObject({ ok: false })
  })

  it('are skipped if they are malformed, and have a limit of 32', async () => {
    const broken = new Uint8Array([0x30, 1])
    expect(await search({ knownIntermediates: [broken, good] })).toMatchObject({ ok: true })
    expect(await search({ knownIntermediates: Array(33).fill(good) })).toMatchObject({
      ok: false,
      reason: 'budget_spent',
      budget: 'certificates',
    })
    // Presented intermediates have a separate limit.
    const full = { intermediates: [good], knownIntermediates: Array(32).fill(good) }
    expect(await search(full)).toMatchObject({ ok: true })
  })
})

describe('parsing', async () => {
  const root = await mintCertificate(rootRequest)
  const leaf = await mintCertificate(leafRequest)
  const good = await mintCertificate(caRequest)
  const other = await authority('CN=other', otherKey, 'CN=root', rootKey)
  const parsed = parseCertificate(leaf)
  if (!parsed.ok) throw new Error(parsed.reason)
  const search = (request: Partial<ParsedPathRequest>) =>
    verifyParsedPath({
      leaf: parsed.certificate,
      intermediates: [unparsedCertificate(good)],
      knownIntermediates: [],
      trustAnchors: [trustAnchor(root)],
      time: now,
      ...request,
    })

  it('is skipped for certificates that the search does not reach', async () => {
    const intermediates = [unparsedCertificate(other), unparsedCertificate(good)]
    const trustAnchors = [trustAnchor(other), trustAnchor(root)]
    expect(await search({ intermediates, trustAnchors })).toMatchObject({ ok: true })
    expect(intermediates.map((one) => one.parsed !== null)).toEqual([false, true])
    expect(trustAnchors.map((one) => one.parsed !== null)).toEqual([false, true])
  })

  it('is done once for all searches that share a trust anchor', async () => {
    const trustAnchors = [trustAnchor(root)]
    expect(await search({ trustAnchors })).toMatchObject({ ok: true })
    const first = trustAnchors[0]?.parsed
    expect(await search({ trustAnchors })).toMatchObject({ ok: true })
    expect(trustAnchors[0]?.parsed).toBe(first)
  })

  it('is charged to the budget', async () => {
    const many = (elements: number) =>
      Promise.all(
        Array.from({ length: 25 }, (_, serial) =>
          authority('CN=ca', otherKey, 'CN=root', otherKey, {
            serial,
            extensions: [...ca, extension('1.2.3', false, sequence(...nulls(elements)))],
          }),
        ),
      )
    const nulls = (count: number) => Array.from({ length: count }, nothing)
    const request = async (elements: number) => ({
      knownIntermediates: (await many(elements)).map(unparsedCertificate),
    })
    expect(await search(await request(700))).toMatchObject({ ok: true })
    expect(await search(await request(900))).toMatchObject({
      reason: 'budget_spent',
      budget: 'elements',
    })
  })

  it('has a limit for each certificate', async () => {
    const wide = (count: number) =>
      authority('CN=ca', caKey, 'CN=root', rootKey, {
        extensions: [
          ...ca,
          extension('1.2.3', false, sequence(...Array.from({ length: count }, nothing))),
        ],
      })
    const request = async (count: number) => ({
      intermediates: [unparsedCertificate(await wide(count))],
    })
    expect(await search(await request(900))).toMatchObject({ ok: true })
    expect(await search(await request(1000))).toMatchObject({
      reason: 'malformed_intermediate',
      problem: { reason: 'too_many_elements', limit: 1000 },
    })
    // A library reads what others make: OpenSSL's own test certificates have more.
    const der = await wide(1000)
    const outcome = await verifyCertificatePath({
      leaf,
      intermediates: [der],
      trustAnchors: [root],
      time: now,
    })
    expect(outcome).toMatchObject({ ok: true })
  })

  it('a malformed anchor is ignored', async () => {
    const version = root.findIndex((_, at) => root[at] === 0xa0 && root[at + 1] === 0x03) + 4
    const broken = root.with(version, 5)
    const names = trustAnchor(broken)
    expect(await search({ trustAnchors: [names, trustAnchor(root)] })).toMatchObject({ ok: true })
    expect(await search({ trustAnchors: [trustAnchor(broken)] })).toMatchObject({
      reason: 'no_trust_anchor',
    })
  })
})
