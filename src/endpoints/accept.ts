/** In characters. Longer headers are ignored. */
const maxLength = 1024

/**
 * Whether an Accept header prefers a media type, by its name, to JSON (RFC 9110 section 12.5.1). Wildcards do
 * not count. A malformed header counts as none.
 * @param accept the Accept header, or null
 * @param type in lower case
 */
export function asksFor(type: string, accept: string | null): boolean {
  if (accept === null || accept.length > maxLength) return false
  const weights = new Map<string, number>()
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = weightOf(parameters)
    if (weight === null) return false
    weights.set(name, weight)
  }
  const weight = weights.get(type) ?? 0
  return weight > 0 && weight >= (weights.get('application/json') ?? 0)
}

/** Section 12.4.2: 0 to 1 with up to three digits; 1 if it is missing, null if it is malformed. */
function weightOf(parameters: readonly string[]): number | null {
  const given = parameters.filter((parameter) => /^q\s*=/.test(parameter))
  if (given.length === 0) return 1
  const value = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(given[0] ?? '')?.[1]
  return given.length > 1 || value === undefined ? null : Number(value)
}
