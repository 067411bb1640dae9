import type { Bytes } from '../../src/encoding/bytes.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extKeyUsage,
  generateKeyPair,
  keyIdentifier,
  keyUsage,
  type MintKeyPair,
  type MintName,
  type MintRequest,
  mintCertificate,
  subjectAltName,
  subjectKeyIdentifier,
} from '../support/mint/mint.ts'
import type { Random } from './random.ts'

/** A certificate before it is minted. Extensions have names, so that a mutation can replace one. */
export type Draft = {
  subject: MintName
  issuer: MintName
  key: MintKeyPair
  signWith: MintKeyPair
  notBefore: number
  notAfter: number
  extensions: Map<string, Bytes>
  more: Partial<MintRequest>
}

/** A chain before it is minted: the leaf first, the anchor last; `extra` certificates are presented as well. */
export type Chain = {
  certificates: [Draft, Draft, ...Draft[]]
  extra: Draft[]
  /** The policy options of both validators. */
  policies: {
    oids: string[]
    explicit: boolean
    inhibitMapping: boolean
    inhibitAny: boolean
  } | null
}

/** The time of all verifications, in seconds since the epoch. */
export const now = 1_760_000_000
const day = 86_400

/** Keys of all kinds. The last one signs only in mutations, as the wrong key. */
export async function makeKeys(): Promise<readonly MintKeyPair[]> {
  const algorithms = [
    'ES256',
    'ES256',
    'ES256',
    'ES256',
    'ES384',
    'ES512',
    'RS256',
    'PS256',
    'Ed25519',
  ] as const
  return Promise.all([...algorithms, 'ES256' as const].map((alg) => generateKeyPair(alg)))
}

const identifiers = new Map<MintKeyPair, Bytes>()

/** A key's identifier, computed once. */
export async function identifierOf(key: MintKeyPair): Promise<Bytes> {
  const known = identifiers.get(key) ?? (await keyIdentifier(key.spki))
  identifiers.set(key, known)
  return known
}

/** A valid chain with none to three intermediates. */
export async function validChain(random: Random, keys: readonly MintKeyPair[]): Promise<Chain> {
  const length = 2 + random.below(4)
  const own = Array.from({ length }, () => random.pick(keys.slice(0, -1)))
  const drafts: Draft[] = []
  for (let depth = 0; depth < length; depth++) {
    const above = Math.min(depth + 1, length - 1)
    const [key, signWith] = [own[depth], own[above]]
    if (key === undefined || signWith === undefined) throw new Error('no key')
    drafts.push({
      subject: nameAt(depth),
      issuer: nameAt(above),
      key,
      signWith,
      notBefore: now - day * (1 + random.below(400)),
      notAfter: now + day * (1 + random.below(400)),
      extensions: depth === 0 ? leafExtensions(random) : caExtensions(),
      more: { serial: 1000 + random.below(1e9) },
    })
  }
  const [leaf, second, ...others] = drafts
  if (leaf === undefined || second === undefined) throw new Error('no chain')
  const chain: Chain = { certificates: [leaf, second, ...others], extra: [], policies: null }
  if (random.chance(0.7)) await addKeyIdentifiers(chain)
  return chain
}

const nameAt = (depth: number): MintName => `CN=certificate ${depth},O=Example ${depth % 2},C=NL`

const leafExtensions = (random: Random) =>
  new Map([
    ['keyUsage', keyUsage(['digitalSignature'])],
    ['extKeyUsage', extKeyUsage(random.pick([['clientAuth'], ['serverAuth', 'clientAuth']]))],
    ['subjectAltName', subjectAltName([{ dns: 'client.example.com' }])],
  ])

const caExtensions = () =>
  new Map([
    ['basicConstraints', basicConstraints({ cA: true })],
    ['keyUsage', keyUsage(['keyCertSign', 'cRLSign'])],
  ])

async function addKeyIdentifiers(chain: Chain): Promise<void> {
  for (const { extensions, key, signWith } of chain.certificates) {
    extensions.set('subjectKeyIdentifier', subjectKeyIdentifier(await identifierOf(key)))
    extensions.set('authorityKeyIdentifier', authorityKeyIdentifier(await identifierOf(signWith)))
  }
}

/** Mints one certificate. */
export const mint = (draft: Draft): Promise<Bytes> =>
  mintCertificate({
    subject: draft.subject,
    issuer: draft.issuer,
    publicKey: draft.key,
    signWith: draft.signWith,
    notBefore: draft.notBefore,
    notAfter: draft.notAfter,
    extensions: [...draft.extensions.values()],
    ...draft.more,
  })
