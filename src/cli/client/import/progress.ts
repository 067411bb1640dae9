import type { Context } from '../../context.ts'

/** Shows the progress of a long command. */
export type Progress = {
  /** Reports how many octets of the file and how many clients are done. */
  readonly at: (octets: number, clients: number) => void
  /** Removes the bar. */
  readonly end: () => void
}

const width = 24

/** In seconds: between two updates of the bar, and between two lines without a terminal. */
const intervals = { bar: 0.1, line: 10 }

/**
 * Shows a bar on a terminal, else a line from time to time.
 * @param total octets to be read; null if unknown
 * @param quiet shows nothing
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
      if (now - shown < (redraw === null ? intervals.line : intervals.bar)) return
      shown = now
      const share = total === null ? null : octets / Math.max(total, 1)
      const text = progressText(share, clients, now - begun)
      if (redraw === null) say(`${what}: ${text}`)
      else redraw(`${what} ${share === null ? '' : bar(share)} ${text}`)
    },
    end: () => redraw?.(''),
  }
}

const bar = (share: number): string => {
  const full = Math.round(Math.min(share, 1) * width)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`
}

/**
 * The share, the rate and the time left.
 * @param share of the whole; null if unknown
 * @param seconds since the start
 */
export function progressText(share: number | null, clients: number, seconds: number): string {
  const rate = seconds > 0 ? Math.round(clients / seconds) : 0
  const done = `${grouped(clients)} clients, ${grouped(rate)}/s`
  if (share === null) return done
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const left = share > 0 ? Math.ceil((seconds * (1 - share)) / share) : null
  return `${percent}  ${done}${left === null ? '' : `, ${timeText(left)} left`}`
}

const timeText = (seconds: number): string =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`

/** `1 234 567`. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
