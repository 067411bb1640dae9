/** One line of the log. Codes are stable: docs/log-codes.md. Never a token, a key or a secret. */
export type LogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly code: string
} & Readonly<Record<string, unknown>>

/** Where log lines go. */
export type Log = (line: LogLine) => void

const longestText = 512
const longestList = 16
const deepest = 6

/** The platform's log: one JSON object a line. */
export const consoleLog: Log = (line) => console.log(toLogText(line))

/**
 * A log line as JSON. What partners put into names and parameters is bounded in size, and what could
 * deceive a terminal is escaped.
 */
export const toLogText = (line: LogLine): string =>
  JSON.stringify(bounded(line, 0)).replace(deceptive, escaped)

/** DEL, C1 controls, zero-width and bidirectional formatting: JSON lets them through as they are. */
const deceptive =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    return value.length > longestText ? `${value.slice(0, longestText)}...` : value
  }
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest || value instanceof Uint8Array) return '...'
  if (Array.isArray(value)) {
    return value.slice(0, longestList).map((entry) => bounded(entry, depth + 1))
  }
  const fields: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(value)) {
    // Assigned, this one would be no field.
    if (name !== '__proto__') fields[fieldName(name)] = bounded(entry, depth + 1)
  }
  return fields
}

/** Fields are named as in the RFCs: `client_id`, not `clientId`. */
const fieldName = (name: string): string =>
  name === name.toLowerCase() || !/^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)
    ? name
    : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
