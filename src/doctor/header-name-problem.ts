import { isProbablyRandom } from '../certificate/random-text.ts'

/**
 * What is wrong with the name of a header that must not be guessed, by the rule of the Worker's
 * configuration.
 * @returns in words, or null
 */
export function headerNameProblem(name: string): string | null {
  if (name.length < 32) return `it has ${name.length} characters, and should have at least 32`
  return isProbablyRandom(name) ? null : 'it does not look like one that was made at random'
}
