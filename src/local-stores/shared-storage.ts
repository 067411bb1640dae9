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
 * Without them, two miniflares on one folder answer SQLITE_BUSY under load. With shared storage they elect one
 * owner through the registry, the others send their statements to it, and when it exits another takes over. The
 * registry is inside the folder, so that unrelated processes of the machine do not take part.
 * @param dataDir the data folder; created when miniflare starts
 */
export const sharedStorageOptions = (dataDir: string): SharedStorageOptions => ({
  unsafeEnableSharedStorage: true,
  resourcePersistencePath: join(dataDir, 'storage'),
  isolatedResourcePersistencePath: join(dataDir, 'isolated'),
  resourceTmpPath: join(dataDir, 'tmp'),
  enableDevRegistry: true,
  unsafeDevRegistryPath: join(dataDir, 'registry'),
  // Do not fetch it from the network: the local edge fills request.cf, commands do not need it.
  cf: false,
})

/**
 * D1 and KV with the binding names of wrangler.toml and ids of their own: local data is still found after the ids
 * of the deployed resources are written there.
 */
export const localBindings = {
  d1Databases: { DB: 'certbound' },
  kvNamespaces: { KV: 'certbound' },
} satisfies Pick<V4MiniflareOptions, 'd1Databases' | 'kvNamespaces'>
