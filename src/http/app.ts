import type { ExecutionContext } from '@cloudflare/workers-types'
import { Hono } from 'hono'
import { err } from '../encoding/result.ts'
import type { EndpointResult, Reply } from '../endpoints/reply.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import type { Log } from './log.ts'
import { readRequest } from './read-request.ts'
import { refusalOf, refusalReply } from './refusal-reply.ts'
import { requestLine } from './request-line.ts'
import type { Route } from './routes.ts'

/** What the app is made of. */
export type AppOptions = {
  /** Checked before the routes; a refusal ends the request. */
  readonly guard: (context: RequestContext) => Refusal | null
  readonly routes: readonly Route[]
  readonly log: Log
  /** Seconds since the epoch; read once a request. */
  readonly clock: () => number
}

/** Answers requests. */
export type App = {
  readonly fetch: (request: Request, ctx: ExecutionContext) => Response | Promise<Response>
}

/** The request context is read before the routing, which needs its path, and comes as the bindings. */
type AppEnv = { Bindings: RequestContext }

/**
 * Routes requests to endpoints, answers them, and logs one line for each. The guard and the log are
 * functions, not middleware: with two middlewares Hono takes 1.0 us of CPU for a request instead of 0.4 us
 * (Node 24), 0.5% of a token, because it composes a promise for each handler of a route.
 */
export function createApp({ guard, routes, log, clock }: AppOptions): App {
  const app = new Hono<AppEnv>({ getPath: (_, options) => options?.env?.target.path || '/' })
  const allowedMethods = new Map<string, string>()

  const respond = (result: EndpointResult, context: RequestContext): Response => {
    const reply = result.ok ? result.value : refusalReply(result.error, context)
    log(requestLine(reply.record, context, reply.status))
    return toResponse(reply, context.requestId)
  }

  for (const { method, path, endpoint } of routes) {
    allowedMethods.set(path, method === 'GET' ? 'GET, HEAD' : method)
    app.on(method, path, async ({ env: context }) => {
      const refusal = guard(context)
      return respond(refusal === null ? await endpoint(context) : err(refusal), context)
    })
  }
  app.notFound(({ env: context }) => {
    const refusal = guard(context) ?? noRoute(context, allowedMethods)
    return respond(err(refusal), context)
  })
  app.onError((fault, { env: context }) => respond(err(refusalOf(fault)), context))

  return {
    fetch: (request, ctx) => app.fetch(request, readRequest(request, ctx, clock()), ctx),
  }
}

function noRoute(
  { method, target: { path } }: RequestContext,
  allowedMethods: ReadonlyMap<string, string>,
): Refusal {
  const allow = allowedMethods.get(path)
  return allow === undefined
    ? { code: 'path_unknown', path }
    : { code: 'method_not_allowed', method, allow }
}

/** A response copies its headers, which costs half of making new ones. */
function toResponse({ status, body, headers }: Reply, requestId: string): Response {
  headers.set('x-request-id', requestId)
  return new Response(body, { status, headers })
}
