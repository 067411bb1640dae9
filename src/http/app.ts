import type { ExecutionContext } from '@cloudflare/workers-types'
import { type Context, Hono } from 'hono'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'
import type { EdgeProperties, RequestContext } from '../request-context.ts'
import { type Answer, type Handler, refusalOf } from './exchange.ts'
import { guard } from './guard.ts'
import type { Log } from './log.ts'
import { newRequestId } from './request-id.ts'
import { type RequestRecord, requestLine } from './request-line.ts'
import { refuse, toResponse } from './respond.ts'
import type { Route } from './routes.ts'
import { targetOf } from './target.ts'

/** What the app is made of. */
export type AppOptions = {
  readonly hosts: ReadonlySet<string>
  readonly routes: readonly Route[]
  readonly log: Log
  /** Seconds since the epoch; read once a request. */
  readonly clock: () => number
}

/** What answers requests. */
export type App = {
  readonly fetch: (request: Request, ctx: ExecutionContext) => Response | Promise<Response>
}

/** The HTTP face: guards, routes, answers, one log line a request. No business rules. */
export function createApp({ hosts, routes, log, clock }: AppOptions): App {
  const app = newHono()
  const answer =
    (allow: string | null, handler: Handler) =>
    ({ env }: Context<Env>) =>
      exchange(env, allow, handler, hosts, log)
  for (const { method, path, handler } of routes) {
    // One handler a path, and none for all paths: Hono calls a single match directly.
    app.all(path, answer(method === 'GET' ? 'GET, HEAD' : method, handler))
  }
  app.notFound(
    answer(null, ({ target: { path } }) => ({ refusal: { code: 'path_unknown', path } })),
  )
  return served(app, clock)
}

/** An app for a deployment that cannot serve: every request gets the same refusal. */
export function createRefusingApp(refusal: Refusal, log: Log, clock: () => number): App {
  const app = newHono()
  app.notFound(({ env }) => exchange(env, null, () => ({ refusal }), null, log))
  return served(app, clock)
}

/** The request context takes the place of the bindings: handlers get those from `deploymentOf`. */
type Env = { Bindings: RequestContext }

const newHono = () => new Hono<Env>({ getPath: (_, options) => options?.env?.target.path || '/' })

const served = (app: Hono<Env>, clock: () => number): App => ({
  fetch: (request, ctx) => app.fetch(request, requestContext(request, ctx, clock()), ctx),
})

function requestContext(request: Request, ctx: ExecutionContext, now: number): RequestContext {
  const { headers } = request
  return {
    now,
    requestId: newRequestId(),
    request,
    method: request.method,
    headers,
    target: targetOf(request),
    cf: request.cf as EdgeProperties | undefined,
    address: headers.get('cf-connecting-ip'),
    defer: (work) => ctx.waitUntil(work),
  }
}

/**
 * @param allow the methods of the handler, as in the `Allow` header; null: all
 * @param hosts those that are served; null: all
 */
async function exchange(
  context: RequestContext,
  allow: string | null,
  handler: Handler,
  hosts: ReadonlySet<string> | null,
  log: Log,
): Promise<Response> {
  let answer: Answer
  try {
    const refusal =
      (hosts === null ? null : guard(context, hosts)) ?? notAllowed(context.method, allow)
    answer = refusal === null ? await handler(context) : { refusal }
  } catch (fault) {
    answer = { refusal: refusalOf(fault) }
  }
  const reply =
    'refusal' in answer ? refuse(answer.refusal, context.headers, context.requestId) : answer.reply
  const record = 'refusal' in answer ? recordOf(answer.refusal) : (answer.record ?? nothingElse)
  log(requestLine(record, context, reply.status))
  return toResponse(reply, context.requestId)
}

const nothingElse: RequestRecord = { code: 'answered' }

function recordOf(refusal: Refusal): RequestRecord {
  const { code, ...evidence } = refusal
  // Whom it concerns stands where the record of a success has it, too.
  const clientId = 'clientId' in refusal ? refusal.clientId : undefined
  return { code, client_id: clientId, error: toWire(refusal).error, evidence }
}

const notAllowed = (method: string, allow: string | null): Refusal | null =>
  allow === null || allow === method || allow.split(', ').includes(method)
    ? null
    : { code: 'method_not_allowed', method, allow }
