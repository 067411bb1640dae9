import type { RawCertificates } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import { type BoundedCache, boundedCache } from '../encoding/bounded-cache.ts'
import type { ClientCertificate } from './authenticated-client.ts'

/**
 * Certificates that proved their clients, remembered in the isolate until something that the verdict
 * rests on changes. Only successes: failures never push them out.
 */
export interface VerificationCache {
  /** What the same words proved of the same client before, or null where they must be judged. */
  recall(client: Client, conveyed: RawCertificates, now: number): ClientCertificate | null
  remember(client: Client, conveyed: RawCertificates, certificate: ClientCertificate): void
}

type Verdict = {
  /**
   * The very client that was judged: a directory hands out another object as soon as anything in the
   * registration or its anchors is different, be it by a removal and a new registration of one name.
   */
  readonly client: Client
  /** Compared whole: another leaf is another certificate, and another chain may lead elsewhere. */
  readonly conveyed: RawCertificates
  readonly certificate: ClientCertificate
}

/**
 * Makes the memory.
 * @param capacity in characters of what was presented
 */
export function verificationCache(capacity: number): VerificationCache {
  const verdicts: BoundedCache<Verdict> = boundedCache(
    capacity,
    (key, { conveyed }) => key.length + conveyed.leaf.length + conveyed.chain.length,
  )
  return {
    recall(client, { leaf, chain }, now) {
      const verdict = verdicts.get(keyOf(client, leaf))
      const stands =
        verdict !== undefined &&
        verdict.client === client &&
        verdict.conveyed.leaf === leaf &&
        verdict.conveyed.chain === chain &&
        now < verdict.certificate.notAfter
      return stands ? verdict.certificate : null
    },
    remember(client, conveyed, certificate) {
      verdicts.set(keyOf(client, conveyed.leaf), { client, conveyed, certificate })
    },
  }
}

/** In characters: behind any terminator's prefix, a leaf's serial number is in its first. */
const headLength = 512
/** In characters: where a leaf comes alone, these are of its signature. */
const tailLength = 256

/**
 * A part of the leaf's words tells a client's certificates apart; where it does not, one takes the
 * other's place. Never all of them: V8 hashes strings above 16 383 characters by their length alone,
 * and as keys they would all collide. A client_id has no line break.
 */
function keyOf({ client_id }: Client, leaf: string): string {
  const short = leaf.length <= headLength + tailLength
  return `${client_id}\n${short ? leaf : leaf.slice(0, headLength) + leaf.slice(-tailLength)}`
}
