import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

/** A request as the echo Worker received it. */
export type Echo = {
  readonly url: string
  readonly method: string
  /** workerd joins duplicates with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly cf: Readonly<Record<string, unknown>> & { readonly tlsClientAuth: TlsClientAuthFields }
  /** In octets. */
  readonly body: number
}

type TlsClientAuthFields = Readonly<Record<string, string | boolean>>

const script = `export default {
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/unread') return new Response('unread', { status: 413 })
    if (url.pathname === '/cookies') {
      const headers = new Headers()
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new Response(null, { status: 204, headers })
    }
    let body = 0
    if (request.body) for await (const chunk of request.body) body += chunk.byteLength
    return Response.json({
      url: request.url, method: request.method, headers: Object.fromEntries(request.headers),
      cf: request.cf, body,
    })
  },
}`

/** Starts a Worker in workerd that answers with the request it received. */
export async function startEchoWorker(): Promise<{ url: URL; dispose(): Promise<void> }> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'echo',
      modules: true,
      script,
      compatibilityDate: '2026-10-01',
      cf: false,
      unsafeDirectSockets: [{ proxy: true }],
    }),
  )
  await miniflare.ready
  return { url: await miniflare.unsafeGetDirectURL(), dispose: () => miniflare.dispose() }
}
