/** How many unknown names may be looked up in D1 in {@link unknownWindow} seconds. */
export type StrangerLimits = {
  readonly unknownAllowed: number
  /** For one caller, so that one alone cannot use them up for all. */
  readonly unknownAllowedCaller: number
}

/** In seconds. */
export const unknownWindow = 10

/** Keeps count of the names asked for in the current window that are not found. */
export function strangersLately({ unknownAllowed, unknownAllowedCaller }: StrangerLimits) {
  let start = Number.NEGATIVE_INFINITY
  /** Names, and who asked for each. */
  const names = new Map<string, string>()
  const ofCallers = new Map<string, number>()
  const count = (caller: string, more: 1 | -1): void =>
    void ofCallers.set(caller, (ofCallers.get(caller) ?? 0) + more)
  return {
    /** Whether a name may be asked for. It counts from now on, so that a burst counts as well. */
    admits(name: string, caller: string, now: number): boolean {
      if (now - start >= unknownWindow) {
        start = now
        names.clear()
        ofCallers.clear()
      }
      if (names.has(name)) return true
      if (names.size >= unknownAllowed) return false
      if ((ofCallers.get(caller) ?? 0) >= unknownAllowedCaller) return false
      names.set(name, caller)
      count(caller, 1)
      return true
    },
    forget(name: string): void {
      const caller = names.get(name)
      if (caller !== undefined) count(caller, -1)
      names.delete(name)
    },
  }
}
