/** Shorter texts are not taken, in characters: 128 random bits take 22 of base64, 26 of base32, 32 of hex. */
const shortestText = 32
const shortestRun = 22
const longestText = 512

/**
 * Whether a text may have been made by chance: it is long enough, and holds a run of letters and digits
 * that no person would have thought of. That can only be guessed: it refuses what was plainly made up,
 * a name, a keyboard row, a pattern repeated.
 * @param text a header's name or a proxy's credential
 */
export function looksRandom(text: string): boolean {
  if (text.length < shortestText || text.length > longestText) return false
  return text.toLowerCase().split(separators).some(isRandomRun)
}

/** Words that people call such things by are no part of what chance made. */
const separators = new RegExp(
  [
    '[^a-z0-9]+|forward|client|certificate|cert|header|secret|proxy|gateway|production|staging|token',
    'company|partner|private|hidden|random|name|value|mtls|x509|oauth|auth|cloud|edge|server|internal',
    'password|passwort|example|test|default|change|upstream|backend|bank',
  ].join('|'),
)

function isRandomRun(run: string): boolean {
  if (run.length < shortestRun) return false
  const characters = [...run]
  const often = Math.max(...characters.map((one) => run.split(one).length - 1))
  return (
    new Set(characters).size >= 8 &&
    often <= run.length / 2 &&
    /[0-9]/.test(run) &&
    !isRepeated(run) &&
    stepsAlong(run) <= (run.length * 2) / 3
  )
}

/** Whether it is one piece over and over. */
const isRepeated = (run: string): boolean => (run + run).indexOf(run, 1) < run.length

const rows = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']

/** How often a character is followed by its neighbour in the alphabet or on a keyboard, or by itself. */
function stepsAlong(run: string): number {
  const pairs = Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2))
  return pairs.filter(
    ([one = '', next = '']) =>
      one === next || rows.some((row) => row.includes(one + next) || row.includes(next + one)),
  ).length
}
