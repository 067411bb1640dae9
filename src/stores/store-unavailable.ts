/** A store (D1, KV) did not answer. The caller's answer is 503, never a token. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Runs one storage operation; whatever it throws becomes {@link StoreUnavailable}. */
export async function fromStore<T>(store: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (cause) {
    throw new StoreUnavailable(`${store} did not answer`, { cause })
  }
}
