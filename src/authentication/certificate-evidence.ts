import { cloudflareCertificate } from '../certificate/cloudflare.ts'
import { headerCertificate } from '../certificate/header-sources.ts'
import { credentialCheck, type Hop, hopAuthentication } from '../certificate/hop.ts'
import type {
  CertificateSource,
  PresentedCertificate,
  RevokedAtEdge,
  Unreadable,
} from '../certificate/presented-certificate.ts'
import type { SourceSettings } from '../certificate/source-settings.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ProxyRefusal } from '../oauth/refusal.ts'
import type { Moment } from '../stores/moment.ts'
import type { KnownClients } from './authenticate-client.ts'
import { proxyBySubject } from './proxy-by-subject.ts'

/** What a request says of its caller, once it is known who conveyed it. */
export type Evidence = {
  readonly presented: PresentedCertificate
  /** The Authorization header that is the client's own: not the one by which a proxy proved itself. */
  readonly authorization: string | null
}

/** Why there is no evidence. */
export type EvidenceRefusal = Unreadable | RevokedAtEdge | ProxyRefusal

/**
 * Reads the evidence of a request to one of the deployment's hosts.
 * @param host as in URL.host, already found to be ours
 */
export type ReadEvidence = (
  request: Request,
  host: string,
  moment: Moment,
) => Promise<Result<Evidence, EvidenceRefusal>> | Result<Evidence, EvidenceRefusal>

/**
 * Makes the one reader of certificates: a host has one source, by configuration, and of a header source
 * first the hop has to prove itself. Without an authenticated hop its headers are not looked at, and
 * the hop's own certificate is nobody's evidence.
 * @param proxy judges the hop's certificate where it is known by its subject; null where it is not
 */
export function evidenceReader(
  { sources, header, hop }: SourceSettings,
  proxy: KnownClients | null,
): ReadEvidence {
  const authenticate = hop === null ? null : hopCheck(hop, proxy)
  const readers = new Map<string, ReadEvidence>()
  for (const [host, name] of sources) {
    readers.set(
      host,
      name === 'cloudflare'
        ? (request) => evidenceOf(cloudflareCertificate, request, ownAuthorization(request))
        : conveyed(headerCertificate(name, header), authenticate, hop),
    )
  }
  return (request, host, moment) => {
    const read = readers.get(host)
    if (read === undefined) throw new Error('a request for a host without a source came through')
    return read(request, host, moment)
  }
}

type HopCheck = (request: Request, moment: Moment) => Promise<Result<null, ProxyRefusal>>

const ownAuthorization = ({ headers }: Request): string | null => headers.get('authorization')

function evidenceOf(
  source: CertificateSource,
  request: Request,
  authorization: string | null,
): Result<Evidence, EvidenceRefusal> {
  const presented = source(request)
  return presented.ok ? ok({ presented: presented.value, authorization }) : presented
}

/** A header's evidence. Without a check the header's name alone is the proof, by configuration. */
function conveyed(
  source: CertificateSource,
  authenticate: HopCheck | null,
  hop: Hop | null,
): ReadEvidence {
  const taken = hop?.credential?.header.toLowerCase() === 'authorization'
  return async (request, _, moment) => {
    const proven = authenticate === null ? ok(null) : await authenticate(request, moment)
    if (!proven.ok) return proven
    return evidenceOf(source, request, taken ? null : ownAuthorization(request))
  }
}

function hopCheck(hop: Hop, proxy: KnownClients | null): HopCheck {
  if (hop.certificate?.by !== 'subject') {
    const authenticated = hopAuthentication(hop)
    return (request, { now }) => authenticated(request, now)
  }
  if (proxy === null) throw new TypeError('nobody judges the certificate of the hop')
  const byCredential = hop.credential === null ? null : credentialCheck(hop.credential)
  return async (request, moment) => {
    const refused = (await byCredential?.(request.headers)) ?? null
    return refused === null ? proxyBySubject(request, proxy, moment) : err(refused)
  }
}
