import { boundedCache } from '../encoding/bounded-cache.ts'
import { toHex } from '../encoding/hex.ts'
import type { RequestContext } from '../request-context.ts'
import type { Database } from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { Certificate, CrlIndexHeader, CrlIndexSource } from '../x509/index.ts'
import { addIssuer, addSource } from './crl-sources.ts'
import { headersOf, maxPerSet, readShard } from './crl-store.ts'

/** A set of trust anchors in one version of its settings and one generation of its lists. */
export type ListedSet = {
  readonly name: string
  readonly version: number
  readonly crlGeneration: number
}

/** The lists of trust anchor sets, as a judgement needs them. */
export interface CrlLookup {
  /**
   * Looks with the lists of a set.
   * @returns what `judge` gives
   * @throws StoreUnavailable where a list in force could not be read: that is no missing list
   */
  lookingIn<T>(set: ListedSet, judge: (lists: readonly CrlIndexSource[]) => Promise<T>): Promise<T>
  /**
   * Remembers, after the answer, where the certificates of a verified path say that their lists are,
   * and who signs them.
   * @param path leaf first, trust anchor last
   */
  observe(
    set: ListedSet,
    path: readonly Certificate[],
    context: Pick<RequestContext, 'now' | 'defer'>,
  ): void
}

/** Of headers in an isolate, in characters: one of a million entries has some 20 000. */
const headerCapacity = 4_000_000

/** URLs and CAs that need not be remembered again. */
const observedCapacity = 5000

/** The lists in a database. */
export function crlLookup(database: Database): CrlLookup {
  const remembered = boundedCache<Remembered>(headerCapacity, weigh)
  const observed = boundedCache<true>(observedCapacity)

  async function headers({ name, crlGeneration }: ListedSet): Promise<readonly CrlIndexHeader[]> {
    const known = remembered.get(name)
    if (known?.generation === crlGeneration) return known.headers
    const read = await headersOf(database, name)
    remembered.set(name, { generation: crlGeneration, headers: read })
    return read
  }

  return {
    async lookingIn(set, judge) {
      const faults: unknown[] = []
      const shardOf = async (header: CrlIndexHeader, number: number) => {
        const shard = await readShard(database, header, number).catch((fault: unknown) => {
          faults.push(fault)
          return null
        })
        if (shard === null) faults.push(new StoreUnavailable('a shard of a CRL is not there'))
        return shard
      }
      const lists = (await headers(set)).map((header) => ({
        header,
        shard: (number: number) => shardOf(header, number),
      }))
      const verdict = await judge(lists)
      if (faults.length > 0) {
        remembered.delete(set.name) // these headers may be of two generations ago
        throw faults[0]
      }
      return verdict
    },
    observe(set, path, context) {
      const below = path.slice(0, -1)
      const isNew = (what: string): boolean => {
        // Of another version other hosts may be allowed.
        const key = `${set.name}\n${set.version}\n${what}`
        if (observed.get(key) === true) return false
        observed.set(key, true)
        return true
      }
      context.defer(keep(database, set.name, below, isNew, context.now))
    },
  }
}

type Remembered = { readonly generation: number; readonly headers: readonly CrlIndexHeader[] }

const weigh = (_: string, { headers }: Remembered): number =>
  headers.reduce((sum, { fences, issuer }) => sum + 500 + issuer.length + 50 * fences.length, 0)

async function keep(
  database: Database,
  set: string,
  below: readonly Certificate[],
  isNew: (what: string) => boolean,
  now: number,
): Promise<void> {
  const urls = below.flatMap(listUrls).slice(0, maxPerSet).filter(isNew)
  const sources = urls.map((url) => addSource(set, url, now)).filter((one) => one !== null)
  const issuers = []
  for (const { der } of below.slice(1)) {
    const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
    if (isNew(sha256)) issuers.push(addIssuer(set, sha256, der, now))
  }
  const statements = [...sources, ...issuers]
  // Best effort: the next isolate that meets this path tries again.
  if (statements.length > 0) await database.batch(statements).catch(() => {})
}

/** Where a certificate's complete, direct lists for all reasons are (RFC 5280 section 4.2.1.13). */
const listUrls = ({ crlDistributionPoints }: Certificate): string[] =>
  (crlDistributionPoints ?? []).flatMap(({ name, reasons, crlIssuer }) =>
    name?.type !== 'full' || reasons !== null || crlIssuer !== null
      ? []
      : name.names.flatMap((one) => (one.type === 'uri' ? [one.text] : [])),
  )
