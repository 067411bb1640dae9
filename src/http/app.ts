import type { ExecutionContext } from '@cloudflare/workers-types'
import { type Context, Hono } from 'hono'
import type { EdgeProperties } from '../certificate/cloudflare.ts'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'
import { type Answer, type Handler, refusalOf } from './exchange.ts'
import { guard } from './guard.ts'
import type { Log } from './log.ts'
import { newRequestId } from './request-id.ts'
import { type RequestRecord, requestLine } from './request-line.ts'
import { refuse, toResponse } from './respond.ts'
import type { Route } from './routes.ts'
import { type Target, targetOf } from './target.ts'

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
  const surroundings = { hosts, log, clock }
  const answer =
    (allow: string | null, handler: Handler) =>
    ({ env }: Context<Arriving>) =>
      exchange(env, allow, handler, surroundings)
  for (const { method, path, handler } of routes) {
    // One handler a path, and none for all paths: Hono calls a single match directly.
    app.all(path, answer(method === 'GET' ? 'GET, HEAD' : method, handler))
  }
  app.notFound(answer(null, (_, __, { path }) => ({ refusal: { code: 'path_unknown', path } })))
  return served(app)
}

/** An app for a deployment that cannot serve: every request gets the same refusal. */
export function createRefusingApp(refusal: Refusal, log: Log, clock: () => number): App {
  const app = newHono()
  app.notFound(({ env }) => exchange(env, null, () => ({ refusal }), { hosts: null, log, clock }))
  return served(app)
}

/** A request that has come in. It goes through Hono as it is: to read it twice would cost twice. */
type Arrival = {
  readonly request: Request
  readonly target: Target
  readonly ctx: ExecutionContext
}
type Arriving = { Bindings: Arrival }

const newHono = () =>
  new Hono<Arriving>({ getPath: (_, options) => options?.env?.target.path || '/' })

const served = (app: Hono<Arriving>): App => ({
  fetch: (request, ctx) => app.fetch(request, { request, target: targetOf(request), ctx }, ctx),
})

type Surroundings = {
  /** Null: every host gets its answer. */
  readonly hosts: ReadonlySet<string> | null
  readonly log: Log
  readonly clock: () => number
}

/** @param allow the methods that the handler is for, as in the header of that name; null: all */
async function exchange(
  { request, target, ctx }: Arrival,
  allow: string | null,
  handler: Handler,
  { hosts, log, clock }: Surroundings,
): Promise<Response> {
  const { method, headers } = request
  const cf = request.cf as EdgeProperties | undefined
  const visit = {
    now: clock(),
    headers,
    cf,
    requestId: newRequestId(),
    address: headers.get('cf-connecting-ip'),
    defer: (work: Promise<unknown>) => ctx.waitUntil(work),
  }
  let answer: Answer
  try {
    const refusal =
      (hosts === null ? null : guard(method, visit, target, hosts)) ?? notAllowed(method, allow)
    answer = refusal === null ? await handler(request, visit, target) : { refusal }
  } catch (fault) {
    answer = { refusal: refusalOf(fault) }
  }
  const reply =
    'refusal' in answer ? refuse(answer.refusal, headers, visit.requestId) : answer.reply
  const record = 'refusal' in answer ? recordOf(answer.refusal) : (answer.record ?? nothingElse)
  const ray = headers.get('cf-ray')
  log(requestLine(record, { visit, target, method, ray, status: reply.status }))
  return toResponse(reply, visit.requestId)
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
