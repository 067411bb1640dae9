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

/** What a request says of its caller, once it is known who conveyed it. */
export type Evidence = {
  readonly presented: PresentedCertificate
  /** The Authorization header that is the client's own: not the one by which a proxy proved itself. */
  readonly authorization: string | null
}

/** Why there is no evidence. */
export type EvidenceRefusal = UnreadableCertificate | RevokedAtEdge | ProxyRefusal

type Answer<T, E> = Promise<Result<T, E>> | Result<T, E>

/** Reads who calls one of the deployment's hosts. */
export interface HostEvidence {
  /** Whether {@link read} costs a stranger's request no more than comparisons: no certificate path. */
  readonly readsCheaply: boolean
  /**
   * First and cheaply: the address that a request is counted under. Of a proxy with a credential it is
   * that of its partner, where the proxy is configured to tell it: one address, or it is refused.
   */
  address(context: RequestContext): Answer<string, ProxyRefusal>
  /**
   * Then, at more cost: what was presented. The hop proves itself before its headers are looked at, and
   * its own certificate is nobody's evidence.
   * @throws StoreUnavailable where the hop's certificate cannot be judged now
   */
  read(context: RequestContext): Answer<Evidence, EvidenceRefusal>
}

/**
 * Makes the readers of evidence: a host has one source, by configuration.
 * @param proxy judges the hop's certificate where it is known by its subject; null where it is not
 * @returns the reader of a host, as in URL.host
 */
export function evidenceByHost(
  settings: SourceSettings,
  proxy: AuthenticationStores | null,
): (host: string) => HostEvidence {
  const readers = new Map<string, HostEvidence>()
  for (const [host, name] of settings.sources) {
    if (name === 'cloudflare') readers.set(host, ofTheEdge)
    else {
      // A terminator that names its header itself does so whatever the others are told.
      const header = headerSources[name].mayChooseHeader ? settings.header : null
      readers.set(host, ofAProxy(headerCertificate(name, header), settings, proxy))
    }
  }
  return (host) => {
    const reader = readers.get(host)
    if (reader === undefined) throw new Error('a request for a host without a source came through')
    return reader
  }
}

const ofTheEdge: HostEvidence = {
  readsCheaply: true,
  address: (context) => ok(addressOf(context)),
  read: (context) => evidenceOf(edgeCertificate(context.cf), ownAuthorization(context)),
}

const ownAuthorization = ({ headers }: RequestContext): string | null =>
  headers.get('authorization')

function evidenceOf(
  presented: ReturnType<CertificateSource>,
  authorization: string | null,
): Result<Evidence, EvidenceRefusal> {
  return presented.ok ? ok({ presented: presented.value, authorization }) : presented
}

/** Without a proof of the proxy the header's secret name is the only proof, by configuration. */
function ofAProxy(
  source: CertificateSource,
  { proxy: proof, addressHeader }: SourceSettings,
  proxy: AuthenticationStores | null,
): HostEvidence {
  const credential = proof?.credential ?? null
  const checkCredential = credential === null ? null : credentialCheck(credential)
  const checkCertificate = proof === null ? null : certificateCheck(proof, proxy)
  const consumed = credential?.header.toLowerCase() === 'authorization'
  return {
    readsCheaply: credential !== null || proof?.certificate?.by !== 'subject',
    async address(context) {
      const refused = (await checkCredential?.(context.headers)) ?? null
      if (refused !== null) return err(refused)
      if (addressHeader === null) return ok(addressOf(context))
      // Never the proxy's own in its place: a client that got its proxy to drop the header would share
      // the limit of all others, and use it up.
      const told = context.headers.get(addressHeader)
      return told !== null && parseIpAddress(told) !== null
        ? ok(told)
        : err(proxyRefusal('address_missing'))
    },
    async read(context) {
      const proven = (await checkCertificate?.(context)) ?? ok(null)
      if (!proven.ok) return proven
      return evidenceOf(source(context.request), consumed ? null : ownAuthorization(context))
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
