/** A store (D1, KV) did not answer. The caller's answer is 503, never a token. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** A store that has not answered by then (milliseconds) does not answer. */
const patience = 3000

/**
 * Runs one storage operation; whatever it throws, and a silence of more than three seconds, becomes
 * {@link StoreUnavailable}.
 */
export async function fromStore<T>(store: string, operation: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`silent for ${patience} ms`)), patience)
  })
  try {
    return await Promise.race([operation(), silence])
  } catch (cause) {
    throw new StoreUnavailable(`${store} did not answer`, { cause })
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
