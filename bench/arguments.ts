import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../src/encoding/result.ts'

/** What the command line asks for. */
export type BenchArguments = {
  readonly help: boolean
  readonly quick: boolean
  /** Names of parts; none: all. */
  readonly only: readonly string[]
  /** Where the JSON goes; null: nowhere. */
  readonly json: string | null
}

const options = {
  help: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'string' },
} as const

/**
 * Reads the command line.
 * @param parts the names that `--only` may have
 * @returns the error as a sentence for people
 */
export function readArguments(
  args: readonly string[],
  parts: readonly string[],
): Result<BenchArguments, string> {
  try {
    const { values } = parseArgs({ args: [...args], options })
    const unknown = values.only.find((name) => !parts.includes(name))
    if (unknown !== undefined) return err(`no part "${unknown}": ${parts.join(', ')}`)
    const { help, quick, only, json = null } = values
    return ok({ help, quick, only, json })
  } catch (thrown) {
    return err(thrown instanceof Error ? thrown.message : String(thrown))
  }
}
