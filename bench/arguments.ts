import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../src/encoding/result.ts'

/** The options of the command line. */
export type BenchArguments = {
  readonly help: boolean
  readonly quick: boolean
  /** Names of parts. Empty: all parts. */
  readonly only: readonly string[]
  /** The file for the JSON report, or null. */
  readonly json: string | null
}

const options = {
  help: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'string' },
} as const

/**
 * Parses the command line.
 * @param parts the names that `--only` may have
 * @returns the options, or the error as a sentence
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
