import { utf8 } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import type { Parameter, Statement } from '../../storage/database.ts'

/**
 * An SQL literal that is equal to the bound value. Only texts of letters, digits and harmless signs are quoted.
 * Every other text is written as the hex of its UTF-8, so that no parser on the way sees a quote, a semicolon, a
 * comment or a NUL from a value.
 */
export function literal(value: Parameter): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not an integer for SQL: ${value}`)
    return String(value === 0 ? 0 : value) // no -0
  }
  if (typeof value === 'string') {
    return /^[A-Za-z0-9 _.,:/@+=~-]*$/.test(value) && !value.includes('--')
      ? `'${value}'`
      : `CAST(X'${toHex(utf8(value))}' AS TEXT)`
  }
  return `X'${toHex(value)}'`
}

/**
 * A statement on one line, its parameters written into it and its comments left out: for the one way
 * into a database that knows no bound parameters, `wrangler d1 execute`.
 */
export function inlineParameters({ sql, parameters }: Statement): string {
  const token = /('[^']*')|(?:\s|--[^\n]*)+|\?(\d+)/g
  const inlined = sql.replace(token, (_, quoted?: string, number?: string) => {
    if (quoted !== undefined) return quoted
    if (number === undefined) return ' '
    const value = parameters[Number(number) - 1]
    if (value === undefined) throw new RangeError(`no value for ?${number} in: ${sql}`)
    return literal(value)
  })
  return inlined.trim()
}
