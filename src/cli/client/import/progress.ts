import type { Context } from '../../context.ts'

/** Shows an operator how far a long command is. */
export type Progress = {
  /** So many octets of the file and so many clients are done. */
  readonly at: (octets: number, clients: number) => void
  /** Takes the bar away. */
  readonly end: () => void
}

const width = 24

/** Seconds between two looks of the bar, and between two lines where there is no terminal. */
const pauses = { bar: 0.1, line: 10 }

/**
 * A bar on a terminal, a line now and then elsewhere, nothing where nothing is wanted.
 * @param total octets to be read, null where nobody knows
 */
export function progressOf(
  { redraw, say, elapsed }: Pick<Context, 'redraw' | 'say' | 'elapsed'>,
  what: string,
  total: number | null,
  quiet: boolean,
): Progress {
  if (quiet) return { at: () => {}, end: () => {} }
  const begun = elapsed()
  let shown = begun
  return {
    at(octets, clients) {
      const now = elapsed()
      if (now - shown < (redraw === null ? pauses.line : pauses.bar)) return
      shown = now
      const share = total === null ? null : octets / Math.max(total, 1)
      const words = progressWords(share, clients, now - begun)
      if (redraw === null) say(`${what}: ${words}`)
      else redraw(`${what} ${share === null ? '' : bar(share)} ${words}`)
    },
    end: () => redraw?.(''),
  }
}

const bar = (share: number): string => {
  const full = Math.round(Math.min(share, 1) * width)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`
}

/**
 * How far, how fast, how long still.
 * @param share of the whole, null where nobody knows
 * @param seconds since the start
 */
export function progressWords(share: number | null, clients: number, seconds: number): string {
  const rate = seconds > 0 ? Math.round(clients / seconds) : 0
  const sofar = `${grouped(clients)} clients, ${grouped(rate)}/s`
  if (share === null) return sofar
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const left = share > 0 ? Math.ceil((seconds * (1 - share)) / share) : null
  return `${percent}  ${sofar}${left === null ? '' : `, ${timeText(left)} left`}`
}

const timeText = (seconds: number): string =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`

/** `1 234 567`. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
