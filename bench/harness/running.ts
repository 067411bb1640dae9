/** What a part has started, to be stopped in reverse order. */
export type Running = {
  /** Adds something that was started, and returns it. */
  readonly add: <T extends { readonly stop: () => Promise<void> }>(started: T) => T
  readonly stopAll: () => Promise<void>
}

export function running(): Running {
  const all: { readonly stop: () => Promise<void> }[] = []
  return {
    add(started) {
      all.push(started)
      return started
    },
    async stopAll() {
      for (const one of all.splice(0).reverse()) await one.stop()
    },
  }
}
