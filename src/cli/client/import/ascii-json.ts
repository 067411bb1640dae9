/**
 * A value as JSON of ASCII alone: as many octets as characters, and no character that a way to the
 * database has to dress up.
 */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
