/**
 * A map that never holds more than so much. The oldest entries go first, but one that was asked for since it
 * came, or since it was last spared, is spared again (second chance): a hit moves nothing, since
 * moving costs more than finding and leaves garbage.
 */
export interface BoundedCache<V> {
  get(key: string): V | undefined
  /** A value that is heavier than all that may be held is not kept. */
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

type Entry<V> = { readonly value: V; readonly weight: number; asked: boolean }

/**
 * Makes a bounded memory.
 * @param capacity how much it holds at most
 * @param weigh how much of that an entry takes; by default each counts for one
 */
export function boundedCache<V>(
  capacity: number,
  weigh: (key: string, value: V) => number = () => 1,
): BoundedCache<V> {
  const entries = new Map<string, Entry<V>>() // a Map keeps the order in which keys were set
  let held = 0
  const drop = (key: string): void => {
    held -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }
  const makeRoomFor = (weight: number): void => {
    for (const [key, entry] of entries) {
      if (held + weight <= capacity) return
      if (entry.asked) {
        entry.asked = false
        entries.delete(key)
        entries.set(key, entry) // This loop comes to it again, after all others.
      } else drop(key)
    }
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entry.asked = true
      return entry.value
    },
    set(key, value) {
      drop(key)
      const weight = weigh(key, value)
      if (weight > capacity) return
      makeRoomFor(weight)
      entries.set(key, { value, weight, asked: false })
      held += weight
    },
    delete: drop,
    get size() {
      return entries.size
    },
  }
}
