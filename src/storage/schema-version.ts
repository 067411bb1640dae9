/** The schema that this code is written for, by the number of its last file in `migrations/`. */
export const schemaVersion = 1

/** The version row of a database. */
export type InstalledSchema = {
  readonly version: number
  /** The oldest code that works with these tables, by its own schema version. */
  readonly compatibleFrom: number
}

/** Reads the version row, for {@link installedSchema}. */
export const READ_SCHEMA = 'SELECT version, compatible_from FROM schema_version'

/** The schema that the rows of {@link READ_SCHEMA} name; null unless there is exactly one valid row. */
export function installedSchema(
  rows: readonly Readonly<Record<string, unknown>>[],
): InstalledSchema | null {
  const { version, compatible_from: compatibleFrom } = rows[0] ?? {}
  return rows.length === 1 && isInteger(version) && isInteger(compatibleFrom)
    ? { version, compatibleFrom }
    : null
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

const missing = { problem: 'has no tables of Certbound, or not all', upgrade: true }

/**
 * Why code of a schema version cannot use a database, as the end of a sentence about the database.
 * @param installed null if the database has no valid version row
 * @param own the schema version of the code
 * @returns null if it can use it (a newer schema may still serve older code), else the problem, and
 *   whether `schema upgrade` solves it
 */
export function schemaProblem(
  installed: InstalledSchema | null,
  own: number = schemaVersion,
): { readonly problem: string; readonly upgrade: boolean } | null {
  if (installed === null) return missing
  const { version, compatibleFrom } = installed
  if (version < own) {
    return { problem: `has schema version ${version}, this Certbound needs ${own}`, upgrade: true }
  }
  if (compatibleFrom <= own) return null
  const needed = `needs a Certbound of schema version ${compatibleFrom}, and this one has ${own}`
  return { problem: `has schema version ${version}, which ${needed}`, upgrade: false }
}

/** D1 has a schema that this code cannot use: every request gets 503. The message says what to do. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch'
  /** The version found; null if there is no valid version row. */
  readonly found: number | null

  constructor(installed: InstalledSchema | null, options?: ErrorOptions) {
    const { problem, upgrade } = schemaProblem(installed) ?? missing
    const remedy = upgrade
      ? 'run "npx certbound schema upgrade --remote"'
      : 'deploy a newer Certbound'
    super(`the database ${problem}: ${remedy}`, options)
    this.found = installed?.version ?? null
  }
}
