import { type RegistrationColumns, toColumns } from '../../../clients/client-row.ts'
import { parseRegistration } from '../../../clients/registration.ts'
import { err, ok, type Result } from '../../../encoding/result.ts'
import { contradictingKey } from '../contradicting-key.ts'

/** A client as a line of a file has it. */
export type ClientLine = {
  readonly columns: RegistrationColumns
  /** Null where the line does not say. */
  readonly enabled: boolean | null
}

/** What `client show --json` says besides: no part of a registration, and not taken over. */
const derived = [
  ...['key_thumbprints', 'tokens_revoked_before', 'version', 'created_at', 'updated_at', 'problem'],
]

/**
 * Reads one client, by the parser that `client add` uses.
 * @param text JSON: the metadata of one client, and `enabled`
 * @returns the client, or everything that is wrong, a sentence each
 */
export async function readClientLine(text: string): Promise<Result<ClientLine, readonly string[]>> {
  const value = fromJson(text)
  if (value === undefined) return err(['not JSON'])
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isRecord) return err(['want a JSON object: the metadata of one client'])
  const { enabled = null, ...said } = value as Record<string, unknown>
  for (const name of derived) delete said[name]
  const registration = parseRegistration(said)
  const problems = registration.ok ? [] : [...registration.error]
  if (enabled !== null && typeof enabled !== 'boolean') problems.push('enabled: want true or false')
  if (problems.length > 0 || !registration.ok) return err(problems)
  // Certificates are hashed only where there are some.
  const contradicting = text.includes('x5c') ? await contradictingKey(said.jwks) : null
  if (contradicting !== null) {
    return err([`jwks.keys[${contradicting}]: x5t#S256 is of another certificate than x5c`])
  }
  return ok({ columns: toColumns(registration.value), enabled: enabled as boolean | null })
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
