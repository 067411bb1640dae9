// Partners choose the texts in their certificates, and operators see them in a terminal. A text must not
// move the cursor, change the reading direction or hide characters: such characters are escaped.
const unprintable =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]/gu

/**
 * Escapes a text for a terminal: control, format (bidi), invisible, unassigned and private characters,
 * lone surrogates and spaces other than U+0020 as `\u{..}`.
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

const jsonEscape = (character: string): string =>
  character
    .split('') // by UTF-16 code units
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** A value as indented JSON with the same characters escaped. It parses back to the same value. */
export function printableJson(value: unknown): string {
  // JSON.stringify escapes every control character in strings: a raw line feed is its own.
  const lines = JSON.stringify(value, null, 2).split('\n')
  return lines.map((line) => line.replace(unprintable, jsonEscape)).join('\n')
}

/** The same on one line. */
export const printableJsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(unprintable, jsonEscape)

/** Rows as aligned columns, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  const shown = rows.map((row) => row.map(printable))
  for (const row of shown) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  }
  return shown.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** A time (seconds since the epoch) as `2026-11-03 09:30:00Z`. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return `${seconds} s since 1970`
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}

/** A duration in seconds in a unit that fits: `45 s`, `15 min`, `3 h`, `12 days`. */
export function formatSpan(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 120) return `${size} s`
  if (size < 7200) return `${Math.round(size / 60)} min`
  return size < 172_800 ? `${Math.round(size / 3600)} h` : `${Math.floor(size / 86_400)} days`
}

/** A number with its noun: `1 client`, `2 clients`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

const maxTextLength = 100

/** A value as JSON on one line. Long texts (certificates, keys) are cut. */
export const briefJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' && member.length > maxTextLength
      ? `${member.slice(0, 24)}... (${member.length} characters)`
      : member,
  ) ?? ''
