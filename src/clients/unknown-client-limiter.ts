/** How many unknown client_ids may be looked up in D1 in {@link unknownWindow} seconds. */
export type UnknownClientLimits = {
  readonly unknownAllowed: number
  /** The limit for one caller, so that one caller cannot use up the limit of all. */
  readonly unknownAllowedCaller: number
}

/** In seconds. */
export const unknownWindow = 10

/** Counts the client_ids that were looked up in the current window and not found. */
export function unknownClientLimiter({
  unknownAllowed,
  unknownAllowedCaller,
}: UnknownClientLimits) {
  let start = Number.NEGATIVE_INFINITY
  /** client_ids, with the caller of each. */
  const callers = new Map<string, string>()
  const counts = new Map<string, number>()
  const count = (caller: string, change: 1 | -1): void =>
    void counts.set(caller, (counts.get(caller) ?? 0) + change)
  return {
    /** Whether a client_id may be looked up. It counts at once, so that a burst counts too. */
    allows(clientId: string, caller: string, now: number): boolean {
      if (now - start >= unknownWindow) {
        start = now
        callers.clear()
        counts.clear()
      }
      if (callers.has(clientId)) return true
      if (callers.size >= unknownAllowed) return false
      if ((counts.get(caller) ?? 0) >= unknownAllowedCaller) return false
      callers.set(clientId, caller)
      count(caller, 1)
      return true
    },
    /** Takes a client_id out of the count: it is registered, or D1 did not answer. */
    release(clientId: string): void {
      const caller = callers.get(clientId)
      if (caller !== undefined) count(caller, -1)
      callers.delete(clientId)
    },
  }
}
