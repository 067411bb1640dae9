import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { type BoundedCache, boundedCache } from '../encoding/bounded-cache.ts'

/**
 * Who proved itself lately: clients that call for every request of their own do not count under the
 * address from which they call. Nothing else rests on it: each request is authenticated as any other.
 */
export interface RateLimitExemptions {
  /** @param now seconds since the epoch */
  knows(clientId: string, presented: PresentedCertificate, now: number): boolean
  remember(clientId: string, presented: PresentedCertificate, now: number): void
}

type Proof = { readonly leaf: string; readonly chain: string; readonly until: number }

/** In characters of what was presented: some hundred APIs. */
const capacity = 2 * 1024 * 1024
/** In seconds. */
const lasting = 60

/** Makes the memory. */
export function rateLimitExemptions(): RateLimitExemptions {
  const proofs: BoundedCache<Proof> = boundedCache(
    capacity,
    (key, { leaf, chain }) => key.length + leaf.length + chain.length,
  )
  return {
    knows(clientId, presented, now) {
      const { leaf, chain } = wordsOf(presented)
      const proof = proofs.get(keyOf(clientId, leaf))
      if (proof === undefined || now >= proof.until) return false
      // Compared whole: a stranger presents a certificate that is his own.
      return proof.leaf === leaf && proof.chain === chain
    },
    remember(clientId, presented, now) {
      const words = wordsOf(presented)
      proofs.set(keyOf(clientId, words.leaf), { ...words, until: now + lasting })
    },
  }
}

/** The end of a certificate, of its signature, tells a client's certificates apart. */
const keyOf = (clientId: string, leaf: string): string => `${clientId}\n${leaf.slice(-64)}`

/** What was presented, as its terminator wrote it. */
function wordsOf(presented: PresentedCertificate): Omit<Proof, 'until'> {
  switch (presented.kind) {
    case 'whole':
      return presented.raw
    case 'digest':
      return { leaf: presented.thumbprint, chain: '' }
    case 'none':
      return { leaf: '', chain: '' }
  }
}
