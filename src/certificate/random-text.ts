/** In characters. 128 random bits are 22 characters of base64, 26 of base32 or 32 of hex. */
const minLength = 32
const maxLength = 512
const minRunLength = 22

/**
 * Whether a text is probably random: long enough, with a long run of letters and digits that no person
 * would choose. This is a heuristic. It refuses texts that a person made up: names, rows of a
 * keyboard, repeated patterns.
 * @param text the name of a header or a proxy's credential
 */
export function isProbablyRandom(text: string): boolean {
  if (text.length < minLength || text.length > maxLength) return false
  return text.toLowerCase().split(separators).some(isRandomRun)
}

/** Words that people put into such names do not count as random characters. */
const separators = new RegExp(
  [
    '[^a-z0-9]+|forward|client|certificate|cert|header|secret|proxy|gateway|production|staging|token',
    'company|partner|private|hidden|random|name|value|mtls|x509|oauth|auth|cloud|edge|server|internal',
    'password|passwort|example|test|default|change|upstream|backend|bank',
  ].join('|'),
)

function isRandomRun(run: string): boolean {
  if (run.length < minRunLength) return false
  const characters = [...run]
  const maxCount = Math.max(...characters.map((one) => run.split(one).length - 1))
  return (
    new Set(characters).size >= 8 &&
    maxCount <= run.length / 2 &&
    /[0-9]/.test(run) &&
    !isRepeated(run) &&
    countNeighbours(run) <= (run.length * 2) / 3
  )
}

/** Whether the text is one pattern repeated. */
const isRepeated = (run: string): boolean => (run + run).indexOf(run, 1) < run.length

const rows = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']

/** How many pairs of adjacent characters are equal, or neighbours in the alphabet or on a keyboard. */
function countNeighbours(run: string): number {
  const pairs = Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2))
  return pairs.filter(
    ([one = '', next = '']) =>
      one === next || rows.some((row) => row.includes(one + next) || row.includes(next + one)),
  ).length
}
