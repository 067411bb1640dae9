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
  (written(line, 0) ?? '').replace(deceptive, escaped)

/** DEL, C1 controls, zero-width and bidirectional formatting: JSON lets them through as they are. */
const deceptive =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A value as JSON, or undefined where JSON has none of it. Written at once: no copy to be thrown away. */
function written(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return JSON.stringify(clipped(value))
  if (typeof value === 'bigint') return `"${value}"`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth >= deepest || value instanceof Uint8Array) return '"..."'
  if (Array.isArray(value)) {
    const entries = value.slice(0, longestList).map((entry) => written(entry, depth + 1) ?? 'null')
    return `[${entries.join(',')}]`
  }
  let fields = ''
  for (const [name, entry] of Object.entries(value)) {
    const text = written(entry, depth + 1)
    if (text !== undefined) fields += `${fields === '' ? '' : ','}${fieldName(name)}:${text}`
  }
  return `{${fields}}`
}

const clipped = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText)}...` : text

/** Of so many names of fields: nearly all are our own, and always the same. */
const rememberedNames = 256
const fieldNames = new Map<string, string>()

/** The name of a field as JSON. They are named as in the RFCs: `client_id`, not `clientId`. */
function fieldName(name: string): string {
  const known = fieldNames.get(name)
  if (known !== undefined) return known
  const snake = /^[a-z]+([A-Z][a-z0-9]*)+$/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name
  const text = JSON.stringify(clipped(snake))
  if (fieldNames.size < rememberedNames && name.length < 64) fieldNames.set(name, text)
  return text
}
