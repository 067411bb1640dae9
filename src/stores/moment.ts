/** What one request brings: its time (seconds since the epoch), and a place for work that outlives it. */
export type Moment = {
  readonly now: number
  readonly defer: (work: Promise<unknown>) => void
}

/** A request's moment, with what it is known by. */
export type Visit = Moment & {
  /** Random, of our own making; told to the caller and to the log. */
  readonly requestId: string
  /** Who connects, as the edge tells it; null where it does not. */
  readonly address: string | null
}
