/** One line of the log. Codes are stable: docs/log-codes.md. Never a token, a key or a secret. */
export type LogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly code: string
} & Readonly<Record<string, unknown>>

/** Where log lines go. */
export type Log = (line: LogLine) => void

/** In characters; the line of a token has about 600. */
const maxPlainLength = 2048
const maxTextLength = 512
const maxListLength = 16
const maxDepth = 6

/** The platform's log: one JSON object a line. */
export const consoleLog: Log = (line) => console.log(toLogText(line))

/**
 * A log line as JSON. Values from requests and certificates are limited in size, and characters that could
 * deceive a reader on a terminal are escaped.
 */
export function toLogText(line: LogLine): string {
  // Shortcut: the line of a request without evidence has only the flat fields of `requestLine`.
  if (line.request_id !== undefined && line.evidence === undefined) {
    const text = JSON.stringify(line)
    if (text.length <= maxPlainLength) return escapeDeceptive(text)
  }
  return escapeDeceptive(JSON.stringify(bounded(line, 0)))
}

const escapeDeceptive = (text: string): string =>
  text.search(deceptive) < 0 ? text : text.replace(deceptive, escaped)

/** DEL, C1 controls, zero-width and bidirectional formatting characters: JSON does not escape them. */
const deceptive =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A copy of a value that is limited in size and depth. */
function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clipped(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth || value instanceof Uint8Array) return '...'
  if (Array.isArray(value)) {
    return value.slice(0, maxListLength).map((entry) => bounded(entry, depth + 1))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [fieldName(name), bounded(entry, depth + 1)]),
  )
}

const clipped = (text: string): string =>
  text.length > maxTextLength ? `${text.slice(0, maxTextLength)}...` : text

/** Nearly all field names are in the code of this project. */
const maxCachedNames = 256
const fieldNames = new Map<string, string>()

/** The name of a field in the log, written as in the RFCs: `client_id`, not `clientId`. */
function fieldName(name: string): string {
  const known = fieldNames.get(name)
  if (known !== undefined) return known
  const snake = /^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name
  const clippedName = clipped(snake)
  if (fieldNames.size < maxCachedNames && name.length < 64) fieldNames.set(name, clippedName)
  return clippedName
}
