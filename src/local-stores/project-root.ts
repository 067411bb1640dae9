import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, with a trailing separator: two above this file, built or not. */
export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url))

/** Default of `--data-dir`: D1, KV, keys and demo certificates. Ignored by git. */
export const defaultDataDir: string = join(projectRoot, '.certbound')

/** The migrations of the D1 schema, in the format of `wrangler d1 migrations`. */
export const migrationsFolder: string = join(projectRoot, 'migrations')
