import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { type BoundedCache, boundedCache } from '../encoding/bounded-cache.ts'

/**
 * Clients that were authenticated within the last minute: an API introspects a token for each request that
 * it gets, thousands from one address, and is not limited by that address. Each request is still
 * authenticated as usual.
 */
export interface RateLimitExemptions {
  /** @param now seconds since the epoch */
  has(clientId: string, presented: PresentedCertificate, now: number): boolean
  add(clientId: string, presented: PresentedCertificate, now: number): void
}

type Exemption = { readonly leaf: string; readonly chain: string; readonly until: number }

/** In characters of the raw certificates: some hundred APIs. */
const capacity = 2 * 1024 * 1024
/** In seconds. */
const lifetime = 60

/** Makes the exemptions of an isolate. */
export function rateLimitExemptions(): RateLimitExemptions {
  const exemptions: BoundedCache<Exemption> = boundedCache(
    capacity,
    (key, { leaf, chain }) => key.length + leaf.length + chain.length,
  )
  return {
    has(clientId, presented, now) {
      const { leaf, chain } = rawOf(presented)
      const exemption = exemptions.get(keyOf(clientId, leaf))
      if (exemption === undefined || now >= exemption.until) return false
      // Compared in full: only a client with this very certificate is exempt.
      return exemption.leaf === leaf && exemption.chain === chain
    },
    add(clientId, presented, now) {
      const { leaf, chain } = rawOf(presented)
      exemptions.set(keyOf(clientId, leaf), { leaf, chain, until: now + lifetime })
    },
  }
}

/** The end of a certificate, in its signature, tells a client's certificates apart. */
const keyOf = (clientId: string, leaf: string): string => `${clientId}\n${leaf.slice(-64)}`

function rawOf(presented: PresentedCertificate): Omit<Exemption, 'until'> {
  switch (presented.kind) {
    case 'whole':
      return presented.raw
    case 'digest':
      return { leaf: presented.thumbprint, chain: '' }
    case 'none':
      return { leaf: '', chain: '' }
  }
}
