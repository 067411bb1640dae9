import { join } from 'node:path'
import type { MiniflareOptions, V4MiniflareOptions } from 'miniflare'

type SharedStorageOptions = Pick<
  MiniflareOptions,
  | 'unsafeEnableSharedStorage'
  | 'resourcePersistencePath'
  | 'isolatedResourcePersistencePath'
  | 'resourceTmpPath'
  | 'enableDevRegistry'
  | 'unsafeDevRegistryPath'
  | 'cf'
>

/**
 * The miniflare options that let several processes use one data folder at once.
 *
 * Two plain miniflares on one folder corrupt nothing but answer SQLITE_BUSY under load. With shared
 * storage they elect one owner through the registry, the others send their statements to it, and
 * when it leaves another takes over. The registry lies inside the folder, so that unrelated
 * processes of the machine never take part.
 * @param dataDir the data folder; made when miniflare starts
 */
export const sharedStorageOptions = (dataDir: string): SharedStorageOptions => ({
  unsafeEnableSharedStorage: true,
  resourcePersistencePath: join(dataDir, 'storage'),
  isolatedResourcePersistencePath: join(dataDir, 'isolated'),
  resourceTmpPath: join(dataDir, 'tmp'),
  enableDevRegistry: true,
  unsafeDevRegistryPath: join(dataDir, 'registry'),
  // Never fetched from the network: the local edge fills request.cf, the command line needs none.
  cf: false,
})

/**
 * D1 and KV under the names that wrangler.toml binds, with identifiers of their own: filling in the
 * deployed identifiers there does not lose the local data.
 */
export const localBindings = {
  d1Databases: { DB: 'certbound' },
  kvNamespaces: { KV: 'certbound' },
} satisfies Pick<V4MiniflareOptions, 'd1Databases' | 'kvNamespaces'>
