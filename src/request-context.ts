/**
 * What one request brings. It is read once, on arrival: each access to a member of the platform's
 * `Request` costs about 1% of a token.
 */
export type RequestContext = {
  /** Seconds since the epoch. */
  readonly now: number
  /** Random, made by this server. The caller and the log get it. */
  readonly requestId: string
  readonly request: Request
  readonly method: string
  readonly headers: Headers
  readonly target: RequestTarget
  /** `request.cf`; undefined elsewhere than on Cloudflare. */
  readonly cf: EdgeProperties | undefined
  /** The connecting IP address as the edge reports it, or null. */
  readonly address: string | null
  /** Lets work continue after the response was sent. */
  readonly defer: (work: Promise<unknown>) => void
}

/** The members of `request.cf` that this server reads. */
export type EdgeProperties = { readonly tlsVersion?: unknown; readonly tlsClientAuth?: unknown }

/** The parts of a request's URL. All are empty if the URL cannot be parsed. */
export type RequestTarget = {
  readonly protocol: string
  /** As in `URL.host`. */
  readonly host: string
  /** As sent, not normalised: a terminator that decides by the path has seen these characters. */
  readonly path: string
  /** With its question mark; empty if there is none. */
  readonly query: string
}
