/** A map that never holds more than so much: the least recently used entries go first. */
export interface BoundedMemory<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

/**
 * Makes a bounded memory.
 * @param capacity how much it holds at most
 * @param weigh how much of that an entry takes; by default each counts for one
 */
export function boundedMemory<V>(
  capacity: number,
  weigh: (key: string, value: V) => number = () => 1,
): BoundedMemory<V> {
  const entries = new Map<string, V>() // a Map keeps the order in which keys were set
  let held = 0
  const drop = (key: string): void => {
    const value = entries.get(key)
    if (value === undefined) return
    held -= weigh(key, value)
    entries.delete(key)
  }
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      drop(key)
      entries.set(key, value)
      held += weigh(key, value)
      for (const oldest of entries.keys()) {
        if (held <= capacity) return
        drop(oldest)
      }
    },
    delete: drop,
    get size() {
      return entries.size
    },
  }
}
