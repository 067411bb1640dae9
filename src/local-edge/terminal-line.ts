// Log lines and claims hold what partners have put into certificates.
const moving = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text for a terminal: what could move its cursor or turn its reading direction, as escapes. */
export const terminalLine = (text: string): string =>
  text.replace(moving, (character) =>
    character === '\n'
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
