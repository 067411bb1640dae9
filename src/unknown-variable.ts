import { variableNames } from './config.ts'
import { nearest } from './encoding/nearest.ts'

/**
 * What is wrong with the name of a variable, for those who set one: the Worker itself ignores what
 * it does not know.
 * @returns a sentence that names the nearest known one, or null where the Worker knows it
 */
export function unknownVariable(name: string): string | null {
  if (variableNames.some((known) => known === name)) return null
  const meant = nearest(name, variableNames)
  return `${name}: no variable of the Worker${meant === null ? '' : `; did you mean ${meant}?`}`
}
