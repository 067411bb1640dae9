/** What a part has started and has to stop, the last one first. */
export type Running = {
  /** Notes something that was started, and hands it on. */
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
