import { boundedCache } from '../encoding/bounded-cache.ts'
import { sha256Hex } from '../encoding/sha256.ts'
import type { RequestContext } from '../request-context.ts'
import type { Database } from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { Certificate, CrlIndexHeader, CrlIndexSource } from '../x509/index.ts'
import { addCrlIssuer, addCrlSource } from './crl-sources.ts'
import { crlHeaders, maxPerSet, readShard } from './crl-store.ts'

/** A trust anchor set at one version of its settings and one generation of its CRLs. */
export type AnchorSetVersion = {
  readonly name: string
  readonly version: number
  readonly crlGeneration: number
}

/** The CRLs of trust anchor sets, as path validation needs them. */
export type CrlLookup = ReturnType<typeof crlLookup>

/** Capacity for headers, in characters: the header of a CRL with a million entries has some 20 000. */
const headerCapacity = 4_000_000

/** How many URLs and CAs an isolate caches as stored. */
const recordedCapacity = 5000

/** Reads CRLs from a database; headers are cached in the isolate. */
export function crlLookup(database: Database) {
  const headerCache = boundedCache<CachedHeaders>(headerCapacity, weightOf)
  const recorded = boundedCache<true>(recordedCapacity)

  async function headersOf(set: AnchorSetVersion): Promise<readonly CrlIndexHeader[]> {
    const cached = headerCache.get(set.name)
    if (cached?.generation === set.crlGeneration) return cached.headers
    const headers = await crlHeaders(database, set.name)
    headerCache.set(set.name, { generation: set.crlGeneration, headers })
    return headers
  }

  return {
    /**
     * Calls `verify` with the CRLs of a set.
     * @returns what `verify` returns
     * @throws StoreUnavailable if a CRL in force could not be read: that is not the same as no CRL
     */
    async withCrls<T>(
      set: AnchorSetVersion,
      verify: (crls: readonly CrlIndexSource[]) => Promise<T>,
    ): Promise<T> {
      const faults: unknown[] = []
      const shardOf = async (header: CrlIndexHeader, number: number) => {
        const shard = await readShard(database, header, number).catch((fault: unknown) => {
          faults.push(fault)
          return null
        })
        if (shard === null) faults.push(new StoreUnavailable('a shard of a CRL is missing'))
        return shard
      }
      const crls = (await headersOf(set)).map((header) => ({
        header,
        shard: (number: number) => shardOf(header, number),
      }))
      const result = await verify(crls)
      if (faults.length > 0) {
        headerCache.delete(set.name) // their shards may have been deleted since
        throw faults[0]
      }
      return result
    },

    /**
     * Stores, after the response, the CRL URLs in the certificates of a verified path and the CAs that
     * sign those CRLs.
     * @param path leaf first, trust anchor last
     */
    recordSources(
      set: AnchorSetVersion,
      path: readonly Certificate[],
      { now, defer }: Pick<RequestContext, 'now' | 'defer'>,
    ): void {
      const isNew = (item: string): boolean => {
        // Another version of the set may allow other hosts.
        const key = `${set.name}\n${set.version}\n${item}`
        if (recorded.get(key) === true) return false
        recorded.set(key, true)
        return true
      }
      defer(storeSources(database, set.name, path.slice(0, -1), isNew, now))
    },
  }
}

type CachedHeaders = { readonly generation: number; readonly headers: readonly CrlIndexHeader[] }

const weightOf = (_: string, { headers }: CachedHeaders): number =>
  headers.reduce((sum, { fences, issuer }) => sum + 500 + issuer.length + 50 * fences.length, 0)

/** @param path without the trust anchor */
async function storeSources(
  database: Database,
  set: string,
  path: readonly Certificate[],
  isNew: (item: string) => boolean,
  now: number,
): Promise<void> {
  const urls = path.flatMap(crlUrls).slice(0, maxPerSet).filter(isNew)
  const statements = urls.map((url) => addCrlSource(set, url, now)).filter((one) => one !== null)
  for (const { der } of path.slice(1)) {
    const sha256 = await sha256Hex(der)
    if (isNew(sha256)) statements.push(addCrlIssuer(set, sha256, der, now))
  }
  // If this fails, the next isolate that sees the path tries again.
  if (statements.length > 0) await database.batch(statements).catch(() => {})
}

/** The URLs of a certificate's complete, direct CRLs for all reasons (RFC 5280 section 4.2.1.13). */
const crlUrls = ({ crlDistributionPoints }: Certificate): string[] =>
  (crlDistributionPoints ?? []).flatMap(({ name, reasons, crlIssuer }) =>
    name?.type !== 'full' || reasons !== null || crlIssuer !== null
      ? []
      : name.names.flatMap((one) => (one.type === 'uri' ? [one.text] : [])),
  )
