/** What one request brings: its time (seconds since the epoch), and a place for work that outlives it. */
export type Moment = {
  readonly now: number
  readonly defer: (work: Promise<unknown>) => void
}
