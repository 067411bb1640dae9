/** The version of schema.sql that this code is written for. */
export const schemaVersion = 1

/** D1 holds another schema than this code is written for: nothing is served from it (503). */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch'
  /** The version found, or null where there is no schema of ours. */
  readonly found: number | null

  constructor(found: number | null, options?: ErrorOptions) {
    super(
      `the database has schema ${found ?? 'none'}, this version wants ${schemaVersion}`,
      options,
    )
    this.found = found
  }
}
