/**
 * A map that never holds more than so much: the least recently used entries go first. An entry that is
 * asked for is moved to the front only where half as many as there are came in since it was last put there:
 * moving costs more than finding.
 */
export interface BoundedMemory<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

/** A value, and how many values had come in when it was put to the front. */
type Entry<V> = { readonly value: V; readonly at: number }

/**
 * Makes a bounded memory.
 * @param capacity how much it holds at most
 * @param weigh how much of that an entry takes; by default each counts for one
 */
export function boundedMemory<V>(
  capacity: number,
  weigh: (key: string, value: V) => number = () => 1,
): BoundedMemory<V> {
  const entries = new Map<string, Entry<V>>() // a Map keeps the order in which keys were set
  let held = 0
  let cameIn = 0
  const drop = (key: string): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    held -= weigh(key, entry.value)
    entries.delete(key)
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const { value, at } = entry
      if (cameIn - at >= entries.size / 2) {
        entries.delete(key)
        entries.set(key, { value, at: cameIn })
      }
      return value
    },
    set(key, value) {
      drop(key)
      cameIn += 1
      entries.set(key, { value, at: cameIn })
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
