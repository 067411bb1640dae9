/** What one request brings: its time (seconds since the epoch), and a place for work that outlives it. */
export type Moment = {
  readonly now: number
  readonly defer: (work: Promise<unknown>) => void
}

/** Of `request.cf`, what is looked at. */
export type EdgeProperties = { readonly tlsVersion?: unknown; readonly tlsClientAuth?: unknown }

/** A request's moment, with what it is known by. Read once: each look into the platform's request costs. */
export type Visit = Moment & {
  readonly headers: Headers
  /** What Cloudflare's edge tells of a request; undefined elsewhere. */
  readonly cf: EdgeProperties | undefined
  /** Random, of our own making; told to the caller and to the log. */
  readonly requestId: string
  /** Who connects, as the edge tells it; null where it does not. */
  readonly address: string | null
}
