import { type Discovered, hasOrdinaryHost } from '../examination.ts'
import type { Vector } from '../forgery/forge.ts'
import type { Sending } from '../wire/wire.ts'

/** No such name exists (RFC 6761 section 6.4). */
const nobody = 'doctor.invalid'

/** Requests whose connection, handshake and Host do not name the same host. */
export function virtualHosts(found: Discovered): Vector[] {
  const mtls = found.mtlsTokenEndpoint
  const { host, hostname, port } = new URL(mtls)
  const dotted = `${hostname}.${port === '' ? '' : `:${port}`}`
  return [
    way('no SNI', { url: mtls, serverName: null }),
    way('an unknown SNI', { url: mtls, serverName: nobody }),
    way('an unknown Host', { url: mtls, host: nobody }),
    way('an unknown SNI and Host', { url: mtls, serverName: nobody, host: nobody }),
    way('a Host with a dot at its end', { url: mtls, host: dotted }),
    way('an unknown Host before the URL in the target', { url: mtls, host: nobody, target: mtls }),
    ...(hasOrdinaryHost(found) ? betweenHosts(mtls, found.tokenEndpoint, host) : []),
  ]
}

function betweenHosts(mtls: string, ordinary: string, host: string): Vector[] {
  const { host: other, hostname: otherName } = new URL(ordinary)
  const { hostname } = new URL(mtls)
  return [
    way('SNI of the ordinary host', { url: mtls, serverName: otherName }),
    way('Host of the ordinary host', { url: mtls, host: other }),
    way('Host of the mutual-TLS host at the ordinary one', { url: ordinary, host }),
    way('SNI of the mutual-TLS host at the ordinary one', { url: ordinary, serverName: hostname }),
  ]
}

const way = (label: string, sending: Sending): Vector => ({
  label,
  sending: { ...sending, verify: false },
})
