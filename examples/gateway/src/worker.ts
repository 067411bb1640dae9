import { type Gateway, type GatewayEnv, gatewayOf } from './gateway.ts'

/** An isolate's gateways, by the environment that the platform hands to every request. */
const gateways = new WeakMap<GatewayEnv, Gateway>()

export default {
  async fetch(request: Request, env: GatewayEnv): Promise<Response> {
    const gateway = gateways.get(env) ?? (await made(env))
    if (gateway !== null) return gateway(request)
    const body = { error: 'temporarily_unavailable' }
    return Response.json(body, { status: 503, headers: { 'retry-after': '10' } })
  },
}

/** A wrong configuration serves nobody; the log says what is wrong with it. */
async function made(env: GatewayEnv): Promise<Gateway | null> {
  try {
    const gateway = await gatewayOf(env)
    gateways.set(env, gateway)
    return gateway
  } catch (fault) {
    console.log(JSON.stringify({ code: 'configuration_invalid', problem: String(fault) }))
    return null
  }
}
