import { edgeCertificate } from '../certificate/cloudflare.ts'
import { headerCertificate } from '../certificate/header-certificate.ts'
import { headerSources } from '../certificate/header-sources.ts'
import type {
  CertificateSource,
  PresentedCertificate,
  RevokedAtEdge,
  UnreadableCertificate,
} from '../certificate/presented-certificate.ts'
import {
  credentialCheck,
  type ProxyProof,
  proxyAuthentication,
  proxyRefusal,
} from '../certificate/proxy-authentication.ts'
import type { SourceSettings } from '../certificate/source-settings.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { addressOf } from '../storage/rate-limit.ts'
import { parseIpAddress } from '../x509/index.ts'
import type { AuthenticationStores } from './authenticate-client.ts'
import { proxyBySubject } from './proxy-by-subject.ts'

/** What a request presents, once the authentication of its proxy has succeeded. */
export type CallerEvidence = {
  readonly presented: PresentedCertificate
  /** The client's own Authorization header: never the one with the proxy's credential. */
  readonly authorization: string | null
}

/** Why there is no evidence. */
export type EvidenceRefusal = UnreadableCertificate | RevokedAtEdge | ProxyRefusal

type Outcome<T, E> = Promise<Result<T, E>> | Result<T, E>

/** Reads the evidence in requests to one host. */
export interface HostEvidence {
  /** Whether {@link read} only compares: it verifies no certificate path for an unknown sender. */
  readonly readsCheaply: boolean
  /**
   * Called first, at little cost: the address under which the request is rate-limited. It is the client's
   * own address if an authenticated proxy is configured to forward it.
   */
  address(context: RequestContext): Outcome<string, ProxyRefusal>
  /**
   * Called second: what the client presents. The proxy is authenticated before its headers are read. Its
   * own certificate is never the client's.
   * @throws StoreUnavailable if the proxy's certificate cannot be verified now
   */
  read(context: RequestContext): Outcome<CallerEvidence, EvidenceRefusal>
}

/**
 * Makes a reader for each configured host.
 * @param proxy the proxy's own registration, if its certificate is known by its subject; else null
 * @returns a function that finds the reader of a host, as in URL.host
 */
export function evidenceByHost(
  settings: SourceSettings,
  proxy: AuthenticationStores | null,
): (host: string) => HostEvidence {
  const readers = new Map<string, HostEvidence>()
  for (const [host, name] of settings.sources) {
    if (name === 'cloudflare') readers.set(host, edgeEvidence)
    else {
      // Some terminators always use their own header name, whatever is configured for others.
      const header = headerSources[name].mayChooseHeader ? settings.header : null
      readers.set(host, proxyEvidence(headerCertificate(name, header), settings, proxy))
    }
  }
  return (host) => {
    const reader = readers.get(host)
    if (reader === undefined) throw new Error('the guard let a request for an unknown host through')
    return reader
  }
}

const edgeEvidence: HostEvidence = {
  readsCheaply: true,
  address: (context) => ok(addressOf(context)),
  read: (context) => evidenceOf(edgeCertificate(context.cf), authorizationOf(context)),
}

const authorizationOf = ({ headers }: RequestContext): string | null => headers.get('authorization')

function evidenceOf(
  presented: ReturnType<CertificateSource>,
  authorization: string | null,
): Result<CallerEvidence, EvidenceRefusal> {
  return presented.ok ? ok({ presented: presented.value, authorization }) : presented
}

/** Without a proof of the proxy the header's secret name is the only proof, by configuration. */
function proxyEvidence(
  source: CertificateSource,
  { proxy: proof, addressHeader }: SourceSettings,
  proxy: AuthenticationStores | null,
): HostEvidence {
  const credential = proof?.credential ?? null
  const checkCredential = credential === null ? null : credentialCheck(credential)
  const checkCertificate = proof === null ? null : certificateCheck(proof, proxy)
  const isProxyCredential = credential?.header.toLowerCase() === 'authorization'
  return {
    // With a credential, `address` refuses unknown senders before `read` verifies a path.
    readsCheaply: credential !== null || proof?.certificate?.by !== 'subject',
    async address(context) {
      const refusal = (await checkCredential?.(context.headers)) ?? null
      if (refusal !== null) return err(refusal)
      if (addressHeader === null) return ok(addressOf(context))
      // The proxy's own address is no substitute: a client that makes the proxy drop the header would
      // use up the limit that all clients behind the proxy share.
      const address = context.headers.get(addressHeader)
      return address !== null && parseIpAddress(address) !== null
        ? ok(address)
        : err(proxyRefusal('address_missing'))
    },
    async read(context) {
      const proven = (await checkCertificate?.(context)) ?? ok(null)
      if (!proven.ok) return proven
      return evidenceOf(
        source(context.request),
        isProxyCredential ? null : authorizationOf(context),
      )
    },
  }
}

type CertificateCheck = (context: RequestContext) => Promise<Result<null, ProxyRefusal>>

function certificateCheck(
  { certificate }: ProxyProof,
  proxy: AuthenticationStores | null,
): CertificateCheck | null {
  if (certificate === null) return null
  if (certificate.by === 'thumbprint') {
    const authenticate = proxyAuthentication({ credential: null, certificate })
    return ({ request, now }) => authenticate(request, now)
  }
  if (proxy === null) throw new TypeError('a proxy certificate by subject needs a store')
  return (context) => proxyBySubject(context, proxy)
}
