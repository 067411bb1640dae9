/** One line of the log. Codes are stable: docs/log-codes.md. Never a token, a key or a secret. */
export type LogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly code: string
} & Readonly<Record<string, unknown>>

/** Where log lines go. */
export type Log = (line: LogLine) => void

/** In characters: a line of a token has some six hundred. */
const usualLength = 2048
const longestText = 512
const longestList = 16
const deepest = 6

/** The platform's log: one JSON object a line. */
export const consoleLog: Log = (line) => console.log(toLogText(line))

/**
 * A log line as JSON. What others put into names and parameters is bounded in size, and what could
 * deceive a terminal is escaped.
 */
export function toLogText(line: LogLine): string {
  // The line of a request without evidence has the fields of `requestLine`, and nothing below them.
  if (line.request_id !== undefined && line.evidence === undefined) {
    const text = JSON.stringify(line)
    if (text.length <= usualLength) return withoutDeceit(text)
  }
  return withoutDeceit(JSON.stringify(bounded(line, 0)))
}

const withoutDeceit = (text: string): string =>
  text.search(deceptive) < 0 ? text : text.replace(deceptive, escaped)

/** DEL, C1 controls, zero-width and bidirectional formatting: JSON lets them through as they are. */
const deceptive =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** What of a value a line may hold. */
function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clipped(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest || value instanceof Uint8Array) return '...'
  if (Array.isArray(value)) {
    return value.slice(0, longestList).map((entry) => bounded(entry, depth + 1))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [fieldName(name), bounded(entry, depth + 1)]),
  )
}

const clipped = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText)}...` : text

/** Of so many names of fields: nearly all are our own, and always the same. */
const rememberedNames = 256
const fieldNames = new Map<string, string>()

/** The name of a field in the log. They are named as in the RFCs: `client_id`, not `clientId`. */
function fieldName(name: string): string {
  const known = fieldNames.get(name)
  if (known !== undefined) return known
  const snake = /^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name
  const told = clipped(snake)
  if (fieldNames.size < rememberedNames && name.length < 64) fieldNames.set(name, told)
  return told
}
