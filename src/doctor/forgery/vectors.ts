import { type ExaminedDeployment, hasOrdinaryHost } from '../examination.ts'
import type { RequestSpec } from '../http/client.ts'
import type { Vector } from './forge.ts'

/** A name that does not exist (RFC 6761 section 6.4). */
const unknownName = 'doctor.invalid'

/** Requests in which the address, the SNI and the Host header do not name the same host. */
export function virtualHostVectors(deployment: ExaminedDeployment): Vector[] {
  const url = deployment.mtlsTokenEndpoint
  const { host, hostname, port } = new URL(url)
  const dotted = `${hostname}.${port === '' ? '' : `:${port}`}`
  return [
    unverified('no SNI', { url, serverName: null }),
    unverified('an unknown SNI', { url, serverName: unknownName }),
    unverified('an unknown Host', { url, host: unknownName }),
    unverified('an unknown SNI and Host', { url, serverName: unknownName, host: unknownName }),
    unverified('a Host with a dot at its end', { url, host: dotted }),
    unverified('an unknown Host and an absolute URL as the target', {
      url,
      host: unknownName,
      target: url,
    }),
    ...(hasOrdinaryHost(deployment) ? betweenHosts(url, deployment.tokenEndpoint, host) : []),
  ]
}

function betweenHosts(mtls: string, ordinary: string, host: string): Vector[] {
  const { host: otherHost, hostname: otherName } = new URL(ordinary)
  const { hostname } = new URL(mtls)
  return [
    unverified('SNI of the ordinary host', { url: mtls, serverName: otherName }),
    unverified('Host of the ordinary host', { url: mtls, host: otherHost }),
    unverified('Host of the mutual-TLS host at the ordinary one', { url: ordinary, host }),
    unverified('SNI of the mutual-TLS host at the ordinary one', {
      url: ordinary,
      serverName: hostname,
    }),
  ]
}

const unverified = (label: string, request: RequestSpec): Vector => ({
  label,
  request: { ...request, verify: false },
})

/**
 * Requests to the token endpoint with targets that a terminator may map to another location than the
 * Worker does. If the Worker does not know the path, the vector is closed.
 */
export function pathVectors(url: string): Vector[] {
  const { origin, pathname } = new URL(url)
  const slash = pathname.lastIndexOf('/') + 1
  const [base, last] = [pathname.slice(0, slash), pathname.slice(slash)]
  const encoded = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`
  const targets = [
    `${base}${encoded}`,
    `/${pathname}`,
    `/.${pathname}`,
    `/x/..${pathname}`,
    `/x\\..${pathname.replaceAll('/', '\\')}`,
    `/%2e${pathname}`,
    `${pathname}/`,
    `${pathname}?`,
    `${pathname};x`,
    `${base}${last.toUpperCase()}`,
    `${origin}${pathname}`,
  ]
  return targets.map((target) => ({ label: target, request: { url, target } }))
}
