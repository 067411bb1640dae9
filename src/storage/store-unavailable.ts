/** A store (D1, KV) did not answer. The caller gets 503, never a token. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** In milliseconds. */
const timeout = 3000

/** Runs one storage operation. Every error and a timeout become {@link StoreUnavailable}. */
export async function fromStore<T>(store: string, operation: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout)
  })
  try {
    return await Promise.race([operation(), timedOut])
  } catch (cause) {
    throw new StoreUnavailable(`${store} did not answer`, { cause })
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
