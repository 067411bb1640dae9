/**
 * Prepares a text for comparison as RFC 4518 section 2 says, or answers null if a character is
 * prohibited and the comparison Undefined. Deliberate differences, all to the strict side but one:
 * - control characters and those that change the display are refused, where sections 2.2 and 2.4
 *   would map them to nothing: a name must not equal another one that looks different;
 * - more than thirty combining marks in a row are refused;
 * - the repertoire is the Unicode of the runtime instead of 3.2, without its unassigned code points:
 *   by Unicode's stability policies a prepared text then stays what it is under later versions;
 * - what grows beyond 4096 characters is refused: normalization can make eighteen out of one;
 * - runs of spaces become one and those at the ends go (appendix B: the same without substrings).
 * @param rule caseIgnore folds the case (section 2.2, RFC 3454 table B.2), caseExact does not
 */
export function prepareString(text: string, rule: 'caseIgnore' | 'caseExact'): string | null {
  if (!text.isWellFormed() || refused.test(text) || longRunOfMarks.test(text)) return null
  const mapped = text.replace(mappedToSpace, ' ').replace(mappedToNothing, '')
  const normal = rule === 'caseIgnore' ? foldAndNormalize(mapped) : mapped.normalize('NFKC')
  return normal.length > maxPrepared || prohibited.test(normal)
    ? null
    : withoutInsignificantSpace(normal)
}

/** In characters, as the longest key of a name. */
const maxPrepared = 4096

/** Section 2.2, what it maps to nothing and we refuse: controls; deprecated, bidi and tag characters. */
const refused =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u06dd\u070f\u180e\u200e\u200f\u202a-\u202e\u2060-\u2069\u206a-\u206f\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/u

/** Ordering a run of combining marks costs its square; no writing has more (UAX #15 section 13). */
const longRunOfMarks = /\p{M}{31}/u

/** Section 2.2: white space, which becomes SPACE. */
const mappedToSpace = /[\t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/gu

/** Section 2.2: hyphens that are not seen, joiners, variation selectors (FE00, not "FF00"). */
const mappedToNothing =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points are meant
  /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\ufe00-\ufe0f\ufeff\ufffc]/gu

/**
 * Section 2.4: unassigned (which holds the non-characters), private use, surrogates, the replacement
 * character. Of RFC 3454 table C.8, `refused` has all that NFKC would leave.
 */
const prohibited = /[\p{Cn}\p{Co}\p{Cs}\ufffd]/u

/**
 * RFC 3454 table B.2 is full case folding closed under NFKC; folding and normalizing by turns until
 * nothing changes has the same result. Two turns are enough for all of Unicode; the bound is for safety.
 */
function foldAndNormalize(text: string): string {
  let current = text
  for (let turn = 0; turn < 4; turn++) {
    const next = foldCase(current).normalize('NFKC')
    if (next === current || next.length > maxPrepared) return next
    current = next
  }
  return current
}

/**
 * Full case folding, up to the choice of representative: two texts fold alike here if and only if
 * they do by Unicode's CaseFolding.txt (status C and F). Upper case first, for sharp s and final
 * sigma. One character at a time: toLowerCase of a text would look at a sigma's neighbours.
 */
function foldCase(text: string): string {
  let folded = ''
  for (const character of text) {
    folded += exceptions.get(character) ?? character.toUpperCase().toLowerCase()
  }
  return folded
}

/** Where case conversion differs: dotless i is no i, and the capital sharp s is a sharp s. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ['\u0131', '\u0131'],
  ['\u1e9e', 'ss'],
])

/** Section 2.6.1: a SPACE before a combining mark is significant. */
function withoutInsignificantSpace(text: string): string {
  // NUL is refused above, so it can mark the insignificant spaces.
  const spaces = text.replace(/ (?!\p{M})/gu, '\0')
  return spaces.replace(/^\0+|\0+$/g, '').replace(/\0+/g, ' ')
}
