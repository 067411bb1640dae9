import { latin1 } from '../../encoding/bytes.ts'
import { fromHex } from '../../encoding/hex.ts'
import { sha256Hex } from '../../encoding/sha256.ts'
import { readValue } from '../extensions/extension.ts'
import { readIssuingDistributionPoint } from './crl-extensions.ts'
import { type CrlIndexHeader, shardOf } from './crl-index-header.ts'
import type { RevocationList } from './revocation-list.ts'
import { scopeOf } from './scope.ts'
import { lookUp } from './shard.ts'

/**
 * An indexed list in a store. Its header is trusted: the signature by `issuerKey` was verified when the
 * index was made. Every path checks which certificate has that key.
 */
export type CrlIndexSource = {
  readonly header: CrlIndexHeader
  /** One shard by its number; null (or a throw) if it cannot be read. */
  readonly shard: (number: number) => Promise<Uint8Array | null>
}

/** An indexed list as one to look into; null if the header cannot be read. */
export function indexedList({ header, shard }: CrlIndexSource): RevocationList | null {
  const { crlNumber, issuerKey, thisUpdate, nextUpdate } = header
  const issuerDer = fromHex(header.issuer)
  const listId = fromHex(header.id)
  const limits = header.limits === null ? null : fromHex(header.limits)
  const point = limits === null ? null : readValue(limits, readIssuingDistributionPoint)
  if (issuerDer === null || listId === null) return null
  if (header.limits !== null && point === null) return null
  return {
    scope: scopeOf({ issuerDer, issuingDistributionPoint: point }),
    thisUpdate,
    nextUpdate,
    baseCrlNumber: null,
    authorityKey: 'absent',
    unusable: null,
    // The list was verified. If no certificate here has its key, another CA of the same name signed it.
    unsigned: { why: 'no_list' },
    crlNumber: crlNumber === null ? null : BigInt(crlNumber),
    limits: limits === null ? 'absent' : latin1(limits),
    isSignedBy: async (signer) => (await keyId(signer.subjectPublicKeyInfo)) === issuerKey,
    async find({ certificate }) {
      const serial = fromHex(certificate.serialNumber)
      const number = serial === null ? null : shardOf(header, serial)
      if (serial === null || number === null) return null
      // A throw of the store counts as a shard that cannot be read.
      const octets = await Promise.resolve(number)
        .then(shard)
        .catch(() => null)
      const found = octets === null ? 'mismatch' : lookUp(octets, { listId, number }, serial)
      return found === 'mismatch' ? 'unreadable' : found
    },
  }
}

/** A key by the SHA-256 of its SubjectPublicKeyInfo, in lower-case hexadecimal. */
export const keyId: (spki: Uint8Array<ArrayBuffer>) => Promise<string> = sha256Hex
