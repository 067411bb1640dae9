import { verificationCache } from '../src/authentication/verification-cache.ts'
import type { Client } from '../src/clients/client.ts'
import { clientFromRow, toColumns } from '../src/clients/client-row.ts'
import { parseRegistration } from '../src/clients/registration.ts'
import { toBase64 } from '../src/encoding/base64.ts'
import { toHex } from '../src/encoding/hex.ts'
import {
  parseCertificate,
  unparsedCertificate,
  verifyParsedPath,
  verifySignature,
} from '../src/x509/index.ts'
import type { MintAlgorithm } from '../test/support/mint/mint.ts'
import { dnsName, mintAuthority, mintChains } from './chains.ts'
import type { Contest, Figure, Side } from './harness/contest.ts'
import { contests } from './harness/part.ts'
import { metadataOf } from './servers/clients.ts'
import { type Chain, type Validator, validators } from './validators.ts'

/** More than one, so that no side gets the same leaf twice in a row. */
const differentLeaves = 16

const now = (): number => Math.floor(Date.now() / 1000)

export const parsePart = contests("a certificate's names and dates from its DER", async () => {
  const chains = await mintChains('ES256', differentLeaves, now())
  const parse = ({ label, parse }: Validator): Side => ({
    label,
    run(times) {
      for (let i = 0; i < times; i++) {
        if (parse(turn(chains, i).leaf) !== dnsName) throw new Error(`${label} cannot read it`)
      }
    },
  })
  const { certbound, peculiar_x509, pkijs, node_crypto } = validators
  return [
    {
      title: 'parse one certificate',
      sides: {
        certbound: parse(certbound),
        peculiar_x509: parse(peculiar_x509),
        pkijs: parse(pkijs),
        node_crypto: parse(node_crypto),
      },
      figures: against('parse', 'certbound', ['peculiar_x509', 'pkijs', 'node_crypto']),
    },
  ]
})

export const pathPart = contests(
  'path validation of three certificates, uncached and cached',
  async () => [
    await pathContest('ES256', 'p256', 'ECDSA P-256'),
    await pathContest('RS256', 'rsa2048', 'RSA 2048'),
    await anchorsContest(),
  ],
)

/** The first request of a client whose trust anchor set is cached: parses its row and verifies the path. */
async function anchorsContest(): Promise<Contest> {
  const chains = await mintChains('ES256', differentLeaves, now())
  const others = await Promise.all(
    Array.from({ length: 39 }, async () => (await mintAuthority('ES256', now())).anchor),
  )
  const side = (count: number): Side => {
    const anchors = [
      ...others.slice(0, count - 1),
      ...chains.slice(0, 1).map(({ anchor }) => anchor),
    ]
    const answer = JSON.stringify(clientRow(anchors))
    // D1 returns new strings with each row, so each request gets its own copy.
    const rows = Array.from({ length: differentLeaves }, (): unknown => JSON.parse(answer))
    return {
      label: `a set of ${count} anchors`,
      async run(times) {
        for (let i = 0; i < times; i++) {
          const set = clientFromRow(turn(rows, i)).trustAnchors
          const { leaf, intermediate, time } = turn(chains, i)
          const parsed = parseCertificate(leaf)
          if (set === null || !parsed.ok) throw new Error('no set or no leaf')
          const outcome = await verifyParsedPath({
            leaf: parsed.certificate,
            intermediates: [unparsedCertificate(intermediate)],
            knownIntermediates: set.intermediates,
            trustAnchors: set.certificates,
            time,
          })
          if (!outcome.ok) throw new Error(outcome.reason)
        }
      },
    }
  }
  return {
    title: 'a cold client of a set that other clients use',
    sides: { forty: side(40), four: side(4) },
    figures: [{ name: 'cold_40_anchors_vs_4', ours: 'forty', theirs: 'four', by: 'cost' }],
  }
}

/** A row as D1 returns it. */
function clientRow(anchors: readonly Uint8Array[]) {
  const registration = parseRegistration(metadataOf(1))
  if (!registration.ok) throw new Error(registration.error.join('; '))
  return {
    ...toColumns(registration.value),
    version: 1,
    enabled: 1,
    trust_anchors_version: 1,
    trust_anchors: JSON.stringify(anchors.map((der) => toHex(der).toUpperCase())),
    intermediates: '[]',
    revocation: 'off',
    extended_key_usage: '[]',
    crl_generation: 0,
  }
}

async function pathContest(alg: MintAlgorithm, name: string, title: string): Promise<Contest> {
  const chains = await mintChains(alg, differentLeaves, now())
  const { certbound, peculiar_x509, pkijs, node_crypto } = validators
  const others = ['peculiar_x509', 'pkijs', 'node_crypto']
  return {
    title: `path of three, ${title}`,
    sides: {
      certbound: path(certbound, chains),
      cached: cached(chains),
      signatures: await signatures(chains),
      peculiar_x509: path(peculiar_x509, chains),
      pkijs: path(pkijs, chains),
      node_crypto: path(node_crypto, chains),
    },
    figures: [
      ...against(`path_${name}`, 'certbound', [...others, 'signatures']),
      ...against(`path_${name}_remembered`, 'cached', ['certbound', ...others]),
    ],
  }
}

const path = ({ label, verify }: Validator, chains: readonly Chain[]): Side => ({
  label,
  async run(times) {
    for (let i = 0; i < times; i++) {
      const outcome = verify(turn(chains, i))
      // An `await` has a cost, so a synchronous result is not awaited.
      if (!(typeof outcome === 'boolean' ? outcome : await outcome)) {
        throw new Error(`${label} finds no path`)
      }
    }
  },
})

/** The floor of a validation on WebCrypto: two keys imported, two signatures verified. */
async function signatures(chains: readonly Chain[]): Promise<Side> {
  const read = (der: Uint8Array) => {
    const parsed = parseCertificate(der)
    if (!parsed.ok) throw new Error(parsed.reason)
    return parsed.certificate
  }
  const pairs = chains.map(({ leaf, intermediate, anchor }) => {
    const [subject, issuer, root] = [read(leaf), read(intermediate), read(anchor)]
    return [
      { subject, issuer },
      { subject: issuer, issuer: root },
    ]
  })
  return {
    label: 'its two signatures only',
    async run(times) {
      for (let i = 0; i < times; i++) {
        for (const { subject, issuer } of turn(pairs, i)) {
          if (!(await verifySignature(subject, issuer.publicKey)))
            throw new Error('a signature is invalid')
        }
      }
    },
  }
}

/** A hit in the verification cache, by header values that are equal strings but not the same objects. */
function cached(chains: readonly Chain[]): Side {
  const client = { client_id: 'partner' } as Client
  const verified = verificationCache(1_000_000)
  const headerValues = ({ leaf, intermediate }: Chain) => ({
    leaf: `:${toBase64(leaf)}:`,
    chain: `:${toBase64(intermediate)}:`,
  })
  for (const chain of chains) {
    verified.set(client, headerValues(chain), {
      method: 'tls_client_auth',
      validUntil: chain.time + 60,
      certificate: { thumbprint: '' },
    })
  }
  const presented = chains.map((chain) => ({ values: headerValues(chain), time: chain.time }))
  return {
    label: 'certbound, cached',
    run(times) {
      for (let i = 0; i < times; i++) {
        const { values, time } = turn(presented, i)
        if (verified.get(client, values, time) === null) throw new Error('not cached')
      }
    },
  }
}

/** The rate of one side (jobs per CPU second) against each of the others. */
const against = (name: string, ours: string, others: readonly string[]): Figure[] =>
  others.map((theirs) => ({
    name: `${name}_vs_${theirs === 'certbound' ? 'cold' : theirs}`,
    ours,
    theirs,
    by: 'rate',
  }))

function turn<T>(list: readonly T[], i: number): T {
  const taken = list[i % list.length]
  if (taken === undefined) throw new Error('an empty list')
  return taken
}
