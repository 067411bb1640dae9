import type { RawCertificates } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import { type BoundedCache, boundedCache } from '../encoding/bounded-cache.ts'
import type { AuthenticationProof } from './authenticated-client.ts'

/**
 * Caches in the isolate which certificates proved which clients. Only successes are kept: failures
 * never push them out.
 */
export interface VerificationCache {
  /** The proof by the same raw certificates of the same client, or null. Expired ones are not given. */
  get(client: Client, raw: RawCertificates, now: number): AuthenticationProof | null
  set(client: Client, raw: RawCertificates, proof: AuthenticationProof): void
}

type Verdict = {
  /**
   * Compared by identity: the client cache makes a new object as soon as anything in the registration or
   * its trust anchors changes, also if a client was removed and another registered under its name.
   */
  readonly client: Client
  /** Compared in full: another leaf is another certificate, and another chain may lead elsewhere. */
  readonly raw: RawCertificates
  readonly proof: AuthenticationProof
}

/** @param capacity in characters of the raw certificates */
export function verificationCache(capacity: number): VerificationCache {
  const verdicts: BoundedCache<Verdict> = boundedCache(
    capacity,
    (key, { raw }) => key.length + raw.leaf.length + raw.chain.length,
  )
  return {
    get(client, { leaf, chain }, now) {
      const verdict = verdicts.get(keyOf(client, leaf))
      const holds =
        verdict !== undefined &&
        verdict.client === client &&
        verdict.raw.leaf === leaf &&
        verdict.raw.chain === chain &&
        now < verdict.proof.validUntil
      return holds ? verdict.proof : null
    },
    set(client, raw, proof) {
      verdicts.set(keyOf(client, raw.leaf), { client, raw, proof })
    },
  }
}

/** In characters: after any terminator's prefix, the serial number of a leaf is in its first ones. */
const headLength = 512
/** In characters: of a leaf without a chain, these are of its signature. */
const tailLength = 256

/**
 * A part of the raw leaf tells a client's certificates apart. If two agree in it, one replaces the other.
 * The whole leaf is no key: V8 hashes strings above 16 383 characters by their length only, so that all
 * of them would collide. A client_id has no line break.
 */
function keyOf({ client_id }: Client, leaf: string): string {
  const short = leaf.length <= headLength + tailLength
  return `${client_id}\n${short ? leaf : leaf.slice(0, headLength) + leaf.slice(-tailLength)}`
}
