import { Agent, fetch as undiciFetch } from 'undici'

/** This API's own client certificate at the authorization server, in PEM. */
export type Identity = {
  readonly cert: string
  readonly key: string
  /** The CA of the server's certificate, if Node does not trust it. */
  readonly ca?: string
}

/**
 * Makes a fetch that presents the API's own certificate, for `introspection` and `introspectionCheck`.
 * It reuses its connections: make it once.
 */
export function fetchAsClient({ cert, key, ca }: Identity) {
  const dispatcher = new Agent({ connect: { cert, key, ...(ca === undefined ? {} : { ca }) } })
  return (url: string, init: RequestInit): Promise<Response> => fetch(url, { ...init, dispatcher })
}

// Node's own fetch may not work with the Agent of another version. The types of both fetches differ.
const fetch = undiciFetch as unknown as (
  url: string,
  init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: Agent },
) => Promise<Response>
