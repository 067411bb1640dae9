import type { Conveyed } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import { type BoundedMemory, boundedMemory } from '../encoding/bounded-memory.ts'
import type { ClientCertificate } from './authenticated-client.ts'

/**
 * Certificates that proved their clients, remembered in the isolate until something that the verdict
 * rests on changes. Only successes: failures never push them out.
 */
export interface JudgedCertificates {
  /** What the same words proved of the same client before, or null where they must be judged. */
  recall(client: Client, conveyed: Conveyed, now: number): ClientCertificate | null
  remember(client: Client, conveyed: Conveyed, certificate: ClientCertificate): void
}

type Verdict = {
  /**
   * The very client that was judged: a directory hands out another object as soon as anything in the
   * registration or its anchors is different, be it by a removal and a new registration of one name.
   */
  readonly client: Client
  /** Compared whole: another chain may lead elsewhere. */
  readonly chain: string
  readonly certificate: ClientCertificate
}

/** V8 hashes longer strings by their length alone: as keys they would all collide. */
const longestKey = 16_383

/**
 * Makes the memory.
 * @param capacity in characters of what was presented
 */
export function judgedCertificates(capacity: number): JudgedCertificates {
  const verdicts: BoundedMemory<Verdict> = boundedMemory(
    capacity,
    (key, { chain }) => key.length + chain.length,
  )
  return {
    recall(client, { leaf, chain }, now) {
      const verdict = verdicts.get(keyOf(client, leaf))
      const stands =
        verdict !== undefined &&
        verdict.client === client &&
        verdict.chain === chain &&
        now < verdict.certificate.notAfter
      return stands ? verdict.certificate : null
    },
    remember(client, { leaf, chain }, certificate) {
      const key = keyOf(client, leaf)
      if (key.length <= longestKey) verdicts.set(key, { client, chain, certificate })
    },
  }
}

/** A client_id has no line break. */
const keyOf = ({ client_id }: Client, leaf: string): string => `${client_id}\n${leaf}`
