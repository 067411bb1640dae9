/** So many are made at once: one at a time costs ten times as much, and every request wants one. */
const batch = 64
let ready: string[] = []

/** A new name for a request: random (RFC 9562 section 5.4), never told before. */
export function newRequestId(): string {
  const id = ready.pop()
  if (id !== undefined) return id
  ready = Array.from({ length: batch }, () => crypto.randomUUID())
  return newRequestId()
}
