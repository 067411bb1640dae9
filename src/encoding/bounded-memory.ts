/** A map that never holds more than a number of entries: the least recently used go first. */
export interface BoundedMemory<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

/**
 * Makes a bounded memory.
 * @param capacity how many entries it holds at most
 */
export function boundedMemory<V>(capacity: number): BoundedMemory<V> {
  const entries = new Map<string, V>() // a Map keeps the order in which keys were set
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= capacity) return
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    },
    delete: (key) => void entries.delete(key),
    get size() {
      return entries.size
    },
  }
}
