import floor from './floor.ts'

/** A line of ours has about so many characters. */
const rest = 'x'.repeat(600)

/**
 * The floor, and what nobody who needs the certificate can do without: `request.cf` read, and a line of
 * log written for each token.
 */
// biome-ignore lint/style/noDefaultExport: the entry of a Worker.
export default {
  async fetch(request: Request, env: unknown, context: unknown): Promise<Response> {
    const { cf } = request as { readonly cf?: { readonly tlsClientAuth?: { certRFC9440: string } } }
    const presented = cf?.tlsClientAuth?.certRFC9440 ?? ''
    if (presented === '') return new Response(null, { status: 401 })
    const response = await floor.fetch(request, env as object, context as never)
    console.log(JSON.stringify({ level: 'info', code: 'token_issued', rest, at: presented.length }))
    return response
  },
}
