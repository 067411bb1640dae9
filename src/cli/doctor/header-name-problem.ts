/** Placeholder */
export const headerNameProblem = (name: string): string | null =>
  name.length < 32 ? 'it is shorter than 32 characters' : null
