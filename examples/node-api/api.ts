import { refusalResponse, requireBoundToken, requireScope } from 'certbound/resource-server'
import { Hono } from 'hono'

/** The settings of the API. */
export type ApiSettings = {
  /** The authorization server. */
  readonly issuer: string
  /** This API: the `resource` that partners ask for. */
  readonly audience: string
  /** The secret that nginx sends with each request. */
  readonly proxyCredential: string
}

/** An API for partners with a token that is bound to their certificate. */
export const api = ({ issuer, audience, proxyCredential }: ApiSettings) =>
  new Hono()
    .use(
      requireBoundToken({
        issuer,
        audience,
        scope: 'orders:read',
        source: 'nginx',
        hop: { credential: proxyCredential },
        onRefusal: ({ code }, { method, url }) =>
          console.log(JSON.stringify({ code, method, path: new URL(url).pathname })),
      }),
    )
    .get('/orders', (c) => c.json({ orders: [], partner: c.var.token.clientId }))
    .post('/orders', (c) => {
      const allowed = requireScope(c.var.token, 'orders:write')
      if (!allowed.ok) return refusalResponse(allowed.error)
      return c.json({ accepted: true, partner: c.var.token.clientId }, 201)
    })
