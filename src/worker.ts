import type { ExecutionContext, ScheduledController } from '@cloudflare/workers-types'
import { type Deployment, deploymentOf } from './deployment.ts'

/** An isolate's deployments, by the environment that the platform hands to every event. */
const deployments = new WeakMap<Env, Deployment>()

function deployment(env: Env): Deployment {
  const known = deployments.get(env)
  if (known !== undefined) return known
  const made = deploymentOf(env)
  deployments.set(env, made)
  return made
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => deployment(env).fetch(request, ctx),
  scheduled: (controller: ScheduledController, env: Env, ctx: ExecutionContext) =>
    deployment(env).scheduled(Math.floor(controller.scheduledTime / 1000), ctx),
}
