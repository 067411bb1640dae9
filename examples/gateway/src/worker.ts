import { type Gateway, type GatewayEnv, gatewayOf } from './gateway.ts'

/** Gateways by environment: the platform passes the same object with every request of an isolate. */
const gateways = new WeakMap<GatewayEnv, Gateway>()

export default {
  async fetch(request: Request, env: GatewayEnv): Promise<Response> {
    const gateway = gateways.get(env) ?? (await createGateway(env))
    if (gateway !== null) return gateway(request)
    const body = { error: 'temporarily_unavailable' }
    return Response.json(body, { status: 503, headers: { 'retry-after': '10' } })
  },
}

/** Returns null if the configuration is not valid; the log has the reason. */
async function createGateway(env: GatewayEnv): Promise<Gateway | null> {
  try {
    const gateway = await gatewayOf(env)
    gateways.set(env, gateway)
    return gateway
  } catch (error) {
    console.log(JSON.stringify({ code: 'configuration_invalid', problem: String(error) }))
    return null
  }
}
