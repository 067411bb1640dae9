import floor from './floor.ts'

/** As long as the rest of Certbound's log line. */
const rest = 'x'.repeat(600)

/**
 * The floor, and what every server that uses the certificate needs: it reads `request.cf` and logs a
 * line for each token.
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
