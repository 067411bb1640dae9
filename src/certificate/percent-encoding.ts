/**
 * Undoes percent-encoding (RFC 3986 section 2.1). Not by the rules of forms: some terminators leave
 * `+`, `/` and `=` as they are, and there a plus is a plus.
 * @returns the text, or null where nothing is encoded, or it holds a character that must have been
 */
export function percentDecode(text: string): string | null {
  if (!text.includes('%') || !/^[A-Za-z0-9._~%+/=-]*$/.test(text)) return null
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
