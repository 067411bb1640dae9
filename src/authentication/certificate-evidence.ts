import { edgeCertificate } from '../certificate/cloudflare.ts'
import { headerCertificate, headerSources } from '../certificate/header-sources.ts'
import type {
  CertificateSource,
  PresentedCertificate,
  RevokedAtEdge,
  Unreadable,
} from '../certificate/presented-certificate.ts'
import {
  credentialCheck,
  type Hop,
  hopAuthentication,
  proxyRefusal,
} from '../certificate/proxy-authentication.ts'
import type { SourceSettings } from '../certificate/source-settings.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import type { Moment } from '../storage/moment.ts'
import { addressOf } from '../storage/rate-limit.ts'
import { parseIpAddress } from '../x509/index.ts'
import type { KnownClients } from './authenticate-client.ts'
import { proxyBySubject } from './proxy-by-subject.ts'
import type { Visit } from './visit.ts'

/** What a request says of its caller, once it is known who conveyed it. */
export type Evidence = {
  readonly presented: PresentedCertificate
  /** The Authorization header that is the client's own: not the one by which a proxy proved itself. */
  readonly authorization: string | null
}

/** Why there is no evidence. */
export type EvidenceRefusal = Unreadable | RevokedAtEdge | ProxyRefusal

type Answer<T, E> = Promise<Result<T, E>> | Result<T, E>

/** Reads who calls one of the deployment's hosts. */
export interface HostEvidence {
  /** Whether {@link read} costs a stranger's request no more than comparisons: no certificate path. */
  readonly readsCheaply: boolean
  /**
   * First and cheaply: the address that a request is counted under. Of a proxy with a credential it is
   * that of its partner, where the proxy is configured to tell it: one address, or it is refused.
   */
  address(request: Request, visit: Visit): Answer<string, ProxyRefusal>
  /**
   * Then, at more cost: what was presented. The hop proves itself before its headers are looked at, and
   * its own certificate is nobody's evidence.
   * @throws StoreUnavailable where the hop's certificate cannot be judged now
   */
  read(request: Request, visit: Visit): Answer<Evidence, EvidenceRefusal>
}

/**
 * Makes the readers of evidence: a host has one source, by configuration.
 * @param proxy judges the hop's certificate where it is known by its subject; null where it is not
 * @returns the reader of a host, as in URL.host
 */
export function evidenceByHost(
  settings: SourceSettings,
  proxy: KnownClients | null,
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
  address: (_, visit) => ok(addressOf(visit)),
  read: (_, visit) => evidenceOf(edgeCertificate(visit.cf), ownAuthorization(visit)),
}

const ownAuthorization = ({ headers }: Visit): string | null => headers.get('authorization')

function evidenceOf(
  presented: ReturnType<CertificateSource>,
  authorization: string | null,
): Result<Evidence, EvidenceRefusal> {
  return presented.ok ? ok({ presented: presented.value, authorization }) : presented
}

/** Without a hop the header's name alone is the proof, by configuration. */
function ofAProxy(
  source: CertificateSource,
  { hop, addressHeader }: SourceSettings,
  proxy: KnownClients | null,
): HostEvidence {
  const credential = hop?.credential ?? null
  const checkCredential = credential === null ? null : credentialCheck(credential)
  const checkCertificate = hop === null ? null : certificateCheck(hop, proxy)
  const consumed = credential?.header.toLowerCase() === 'authorization'
  return {
    readsCheaply: credential !== null || hop?.certificate?.by !== 'subject',
    async address(request, visit) {
      const refused = (await checkCredential?.(request.headers)) ?? null
      if (refused !== null) return err(refused)
      if (addressHeader === null) return ok(addressOf(visit))
      // Never the proxy's own in its place: a client that got its proxy to drop the header would share
      // the limit of all others, and use it up.
      const told = request.headers.get(addressHeader)
      return told !== null && parseIpAddress(told) !== null
        ? ok(told)
        : err(proxyRefusal('address_missing'))
    },
    async read(request, visit) {
      const proven = (await checkCertificate?.(request, visit)) ?? ok(null)
      if (!proven.ok) return proven
      return evidenceOf(source(request), consumed ? null : ownAuthorization(visit))
    },
  }
}

type CertificateCheck = (request: Request, moment: Moment) => Promise<Result<null, ProxyRefusal>>

function certificateCheck(
  { certificate }: Hop,
  proxy: KnownClients | null,
): CertificateCheck | null {
  if (certificate === null) return null
  if (certificate.by === 'thumbprint') {
    const authenticate = hopAuthentication({ credential: null, certificate })
    return (request, { now }) => authenticate(request, now)
  }
  if (proxy === null) throw new TypeError('nobody judges the certificate of the hop')
  return (request, moment) => proxyBySubject(request, proxy, moment)
}
