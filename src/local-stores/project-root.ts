import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, with a trailing separator: two above this file, built or not. */
export const projectRoot: string = fileURLToPath(new URL('../../', import.meta.url))

/** Where D1, KV, keys and demo certificates live unless `--data-dir` says otherwise. Ignored by git. */
export const defaultDataDir: string = join(projectRoot, '.certbound')

/** The whole D1 schema. */
export const schemaFile: string = join(projectRoot, 'schema.sql')
