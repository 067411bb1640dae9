import type { Bytes } from '../../../src/encoding/bytes.ts'
import {
  type PathOutcome,
  type PathRequest,
  verifyCertificatePath,
} from '../../../src/x509/path/verify-path.ts'
import {
  basicConstraints,
  crlDistributionPoints,
  extKeyUsage,
  keyUsage,
  type MintCrlRequest,
  type MintDistributionPoint,
  type MintGeneralName,
  type MintIssuingDistributionPoint,
  type MintRequest,
  mintCertificate,
  mintCrl,
} from '../mint/mint.ts'
import { caKey, caRequest, leafRequest, now, rootKey, rootRequest } from './chain-of-three.ts'

/** Of the leaf. */
export const serial = 0x5eed
/** Of the intermediate. */
export const caSerial = 0xca
/** A leaf's extensions. */
export const usual = [keyUsage(['digitalSignature']), extKeyUsage(['clientAuth'])]

/** Two valid CRLs: the CA's, which covers the leaf, and the root's, which covers the CA. */
export const leafList: MintCrlRequest = {
  issuer: 'CN=ca',
  signWith: caKey,
  thisUpdate: now - 100,
  nextUpdate: now + 100,
  entries: [{ serial: 1 }, { serial: serial + 1, reasonCode: 1 }],
}
export const caList: MintCrlRequest = {
  issuer: 'CN=root',
  signWith: rootKey,
  thisUpdate: now - 50,
  nextUpdate: now + 50,
  entries: [{ serial }],
}

/** What differs from the valid chain of three with its two CRLs. */
export type Change = {
  /** The distribution points of the leaf. */
  readonly points?: readonly MintDistributionPoint[]
  readonly leaf?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly root?: Partial<MintRequest>
  /** Changes of each CRL: an empty list removes it, several entries make several CRLs. */
  readonly leafLists?: readonly Partial<MintCrlRequest>[]
  readonly caLists?: readonly Partial<MintCrlRequest>[]
  /** Further intermediates. */
  readonly others?: readonly Bytes[]
  readonly request?: Partial<PathRequest>
}

/** Verifies the chain of three with its CRLs and changes. */
export async function verify(change: Change): Promise<PathOutcome> {
  const { points, leafLists = [{}], caLists = [{}], others = [] } = change
  const extensions = points === undefined ? usual : [...usual, crlDistributionPoints(points)]
  const lists = [
    ...leafLists.map((list) => mintCrl({ ...leafList, ...list })),
    ...caLists.map((list) => mintCrl({ ...caList, ...list })),
  ]
  const intermediate = mintCertificate({ ...caRequest, serial: caSerial, ...change.ca })
  return verifyCertificatePath({
    leaf: await mintCertificate({ ...leafRequest, serial, extensions, ...change.leaf }),
    intermediates: [await intermediate, ...others],
    trustAnchors: [await mintCertificate({ ...rootRequest, ...change.root })],
    time: now,
    crls: await Promise.all(lists),
    revocation: 'require',
    ...change.request,
  })
}

/** `null` for a valid path, else the reason, and for an unknown status its cause. */
export const verdict = (outcome: PathOutcome): string | null => {
  if (outcome.ok) return null
  const { reason } = outcome
  return reason === 'revocation_unknown' ? outcome.why : reason
}

/** The location of a CRL. */
export const uri = (path: string): MintGeneralName => ({ uri: `http://crl.example/${path}` })
/** A directory name. */
export const directory = (name: string): MintGeneralName => ({ directory: name })
/** A CRL with the leaf's serial number. */
export const revoked = { entries: [{ serial, reasonCode: 4 }] }
/** A CRL with an issuingDistributionPoint. */
export const scoped = (limits: MintIssuingDistributionPoint) => ({
  issuingDistributionPoint: limits,
})
/** A CA with these key usages. */
export const caWith = (...usages: Parameters<typeof keyUsage>[0]) => ({
  extensions: [basicConstraints({ cA: true }), keyUsage(usages)],
})

/** A row of a table: one change, one outcome. */
export type Row = [name: string, change: Change, verdict: string | null]
