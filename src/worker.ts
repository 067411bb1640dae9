import type { ExecutionContext, ScheduledController } from '@cloudflare/workers-types'
import { type Deployment, deploymentOf } from './deployment.ts'

/** By environment: the platform passes the same one to every event of an isolate. */
const deployments = new WeakMap<Env, Deployment>()

function deployment(env: Env): Deployment {
  const known = deployments.get(env)
  if (known !== undefined) return known
  const created = deploymentOf(env)
  deployments.set(env, created)
  return created
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => deployment(env).fetch(request, ctx),
  scheduled: (controller: ScheduledController, env: Env, ctx: ExecutionContext) =>
    deployment(env).scheduled(Math.floor(controller.scheduledTime / 1000), ctx),
}
