/** The fixed texts of a finding. */
export type Description = {
  /** The severity of a finding whose check failed. */
  readonly weight: 'fail' | 'warn'
  /** What should be true, in a few words. */
  readonly title: string
  /** The consequence if it is not true. */
  readonly meaning: string
  readonly fix: string
}

/** An attacker gets in, or partners cannot use the deployment. */
const fail = (title: string, meaning: string, fix: string): Description => ({
  weight: 'fail',
  title,
  meaning,
  fix,
})

/** Something is not as it should be. */
const warn = (title: string, meaning: string, fix: string): Description => ({
  ...fail(title, meaning, fix),
  weight: 'warn',
})

const headerAccepted =
  'The Worker accepted a header that the caller wrote: anyone who has a certificate of a partner, which is public, gets its tokens.'
const unknownAccepted =
  'Check the trust anchors of the client (client show, ca list), and find in the log how this certificate was accepted.'

/** Every finding by its stable id; docs/doctor.md lists the same. */
export const descriptions = {
  reachable: fail(
    'the host answers over TLS with a certificate for its name',
    'Partners cannot connect, or they connect to another server.',
    "Check the server's name, address and certificate. Use --ca for a private CA, and --resolve for another address.",
  ),
  'metadata-found': fail(
    'metadata is at the URL of RFC 8414',
    'Libraries cannot find the endpoints. Nothing else can be checked.',
    'Give the issuer as the URL. Let the terminator forward /.well-known/oauth-authorization-server.',
  ),
  'metadata-issuer': fail(
    'the metadata names the issuer that serves it',
    'RFC 8414 section 3.3: clients must not use such metadata. It may be a mix-up attack.',
    'Set ISSUER to the URL that partners use. Let no proxy rewrite or cache the document.',
  ),
  'metadata-https': fail(
    'all endpoints are https',
    'Tokens and certificates would be sent in clear text.',
    'Let no proxy rewrite URLs in responses. ISSUER and MTLS_ORIGIN must be https.',
  ),
  'metadata-mtls': fail(
    'the metadata announces mutual TLS',
    'RFC 8705 sections 2.1 and 3.3: libraries do not present a certificate if the metadata does not announce it.',
    'Let no proxy rewrite the document: the Worker sends these members.',
  ),
  'metadata-alias': fail(
    'the mutual-TLS token endpoint can be reached',
    'Partners follow mtls_endpoint_aliases (RFC 8705 section 5) and find no token endpoint there.',
    'Check that the host of MTLS_ORIGIN resolves, has a certificate for its name and is routed to the Worker.',
  ),
  'metadata-same': warn(
    'both hosts serve the same metadata',
    'One of the documents is old, rewritten or from another deployment.',
    'Purge caches of the document, and route both hosts to the same Worker.',
  ),
  'metadata-cache': warn(
    'metadata may be cached, for at most a day',
    'Partners see changes more than a day late, or every request fetches the document.',
    'Let no cache rule replace the Cache-Control of the Worker (an hour).',
  ),
  'jwks-reachable': fail(
    'the JWK Set can be fetched',
    'No API can verify a token.',
    'Let the terminator forward jwks_uri. Look at /health.',
  ),
  'jwks-keys': fail(
    'the JWK Set has only public keys, each with its own kid',
    'Private members are published, or APIs cannot find the key of a token.',
    'Let no proxy replace the JWK Set of the Worker. After a private key was published: key rotate, then key revoke.',
  ),
  'jwks-cache': warn(
    'the JWK Set may be cached, for at most an hour',
    'New keys are used after an hour, when such APIs do not have them yet, and they trust revoked keys too long.',
    'Let no cache rule replace the Cache-Control of the Worker (five minutes).',
  ),
  'clock-skew': warn(
    "the server's clock agrees with this machine's clock",
    'The server and the APIs do not agree on whether certificates and tokens are valid.',
    'Synchronize the clock of this machine, or of the terminator, by NTP.',
  ),
  'tls-old': fail(
    'TLS 1.0 and 1.1 are refused',
    'RFC 8996: both versions are broken and must not be used.',
    'nginx "ssl_protocols TLSv1.2 TLSv1.3", Apache "SSLProtocol -all +TLSv1.2 +TLSv1.3", Cloudflare: minimum TLS version 1.2.',
  ),
  'tls-modern': fail(
    'TLS 1.2 or 1.3 is accepted',
    'RFC 9325: partners with a strict TLS library cannot connect.',
    'Enable TLS 1.2 and 1.3.',
  ),
  'mtls-asks': fail(
    'the mutual-TLS host asks for a certificate',
    'Partners cannot present their certificates, and all are refused.',
    'nginx "ssl_verify_client optional_no_ca", Apache "SSLVerifyClient optional_no_ca", Cloudflare: SSL/TLS, Client Certificates, Hosts.',
  ),
  'ordinary-asks': warn(
    'the ordinary host does not ask for a certificate',
    'Browsers show a dialog, and clients present certificates where they are not needed.',
    'Ask for certificates only at the mutual-TLS host.',
  ),
  'http-port': fail(
    'plain HTTP serves no token endpoint',
    'Tokens are sent in clear text, and client certificates are never checked there.',
    'Let the plain HTTP port redirect or refuse. It must not forward to the Worker.',
  ),
  'unknown-host': warn(
    'an unknown Host is refused',
    'The terminator forwards requests for any host and replaces the Host header. The headers of clients must then be removed for each of these hosts.',
    'Give the address a default server that forwards nothing.',
  ),
  'baseline-token': fail(
    'the partner gets a token with its certificate',
    'The partner cannot authenticate, so refusals of other requests prove nothing.',
    'Look up the request_id in the log. Check that this certificate is registered for this client_id.',
  ),
  'token-contents': fail(
    'the token is bound to the certificate',
    'Without the cnf of this certificate a thief can use the token. With another issuer no API accepts it.',
    'Check that nothing between the partner and the Worker presents its own certificate (TLS inspection), and that the client is registered as bound.',
  ),
  'token-clock': warn(
    "the token's times agree with this machine's clock",
    'APIs with a correct clock may refuse new tokens, or accept expired ones.',
    'Synchronize the clock of this machine, or of the server, by NTP.',
  ),
  'token-no-store': fail(
    'responses of the token endpoint are not cached',
    "A cache may give one partner's token to another caller (RFC 6749 section 5.1).",
    'Let no proxy or CDN rule change the Cache-Control of paths below the issuer, or cache them.',
  ),
  'no-certificate': fail(
    'without a certificate there is no token',
    'Anyone who knows a client_id gets its tokens.',
    "Stop the service. Find what takes the place of the certificate: a header that is always set, or a proxy that presents the partner's certificate as its own.",
  ),
  'ordinary-host-token': fail(
    'the ordinary host gives no token for a certificate',
    'The ordinary host forwards certificates. Checks of the mutual-TLS host may be missing there.',
    'Ask for certificates only at the mutual-TLS host.',
  ),
  'stranger-self-signed': fail(
    "a self-signed certificate with the partner's name is refused",
    "Anyone who writes the partner's name into a certificate gets its tokens.",
    unknownAccepted,
  ),
  'stranger-expired': fail(
    "an expired certificate with the partner's name is refused",
    "Anyone who writes the partner's name into an expired certificate gets its tokens.",
    unknownAccepted,
  ),
  'stranger-issued': fail(
    "a certificate that only names the partner's CA is refused",
    'Anyone who writes the names of the partner and its CA into a certificate gets its tokens.',
    unknownAccepted,
  ),
  'client-enumeration': warn(
    'a known and an unknown client get the same refusal',
    'Anyone can find out who your partners are.',
    'Let no rule in front of the Worker answer in its place.',
  ),
  resumption: warn(
    'TLS sessions with a certificate are not resumed',
    'A resumed session has the certificate of an earlier handshake, without its chain.',
    'Disable session tickets and session caches at the mutual-TLS host. A Caddyfile cannot do that, so this warning stays with Caddy.',
  ),
  'resumption-other-host': fail(
    'no TLS session of one host is resumed at another',
    'A session of a host that asks for no certificate, or trusts other CAs, may count as authenticated (CVE-2025-23419).',
    'Update the terminator. Disable tickets, or give each host its own ticket key and cache.',
  ),
  'header-name': fail(
    'the header name cannot be guessed',
    'Anyone who guesses the name can forge the header wherever the terminator does not remove it.',
    'Make a new name with "certbound proxy header-name". Set it at the terminator and as CERTIFICATE_HEADER.',
  ),
  'forged-header': fail(
    'no forged header without a certificate',
    headerAccepted,
    'Let the terminator set the header on every request, also without a certificate, or remove it first. "certbound proxy config NAME" prints how.',
  ),
  'forged-beside-certificate': fail(
    'no forged header beside another certificate',
    headerAccepted,
    'Let the terminator replace the header (set). It must not add a second one, nor set it only if it is absent (setifempty).',
  ),
  'forged-ordinary-host': fail(
    'no forged header at the ordinary host',
    headerAccepted,
    'Remove the header at every host that reaches the Worker, or read headers only at the mutual-TLS host (CERTIFICATE_SOURCES).',
  ),
  'forged-virtual-host': fail(
    'no forged header through another virtual host',
    headerAccepted,
    'Give the address a default server that forwards nothing. Refuse requests whose Host is not the name in the handshake.',
  ),
  'forged-path': fail(
    'no forged header through another spelling of the path',
    headerAccepted,
    'Remove the header for the whole server, not in one location: an nginx location with its own proxy_set_header inherits none.',
  ),
  'forged-spelling': fail(
    'no forged header in another spelling',
    headerAccepted,
    'Remove the names in every letter case and with underscores: nginx "underscores_in_headers off", Apache "RequestHeader unset" for both.',
  ),
  'forged-duplicate': fail(
    'no forged header sent twice',
    headerAccepted,
    'Let the terminator remove all headers of the name, not only the first one.',
  ),
  'forged-credential': fail(
    'no forged proxy credential',
    'The Worker accepted a header together with an invented proxy credential.',
    'Let the terminator replace the header of the credential. Set PROXY_CREDENTIAL, so that the Worker checks it.',
  ),
  'forged-edge': fail(
    "no forged data of Cloudflare's edge",
    'A caller can send what only the edge may report. A development server may be reachable from outside.',
    'Only their own front may reach workerd, wrangler dev or the local edge. Remove MF-CF-Blob and cf-* there.',
  ),
  'forged-endpoint': fail(
    'no forged header at the other endpoints',
    headerAccepted,
    'Remove the header for all paths, not only for the token endpoint.',
  ),
  'forged-http': fail(
    'no forged header over plain HTTP',
    headerAccepted,
    'Let the plain HTTP port redirect or refuse. It must not forward to the Worker.',
  ),
  'forged-folded': fail(
    'no forged header in a malformed line',
    headerAccepted,
    'Update the terminator, and configure it to refuse malformed header lines (RFC 9112 section 5.2).',
  ),
} as const satisfies Readonly<Record<string, Description>>

/** The stable id of a finding. */
export type FindingId = keyof typeof descriptions

/** The result of one check. */
export type Finding = {
  readonly id: FindingId
  readonly severity: 'fail' | 'warn' | 'pass' | 'skipped'
  /** What was seen, or why it was skipped. Contains no secret; may contain text of the server. */
  readonly evidence: string
}

/** The check failed: a finding with the weight of its id. */
export const bad = (id: FindingId, evidence: string): Finding => ({
  id,
  severity: descriptions[id].weight,
  evidence,
})

/** The check passed. */
export const good = (id: FindingId, evidence = ''): Finding => ({ id, severity: 'pass', evidence })

/** The check was not made, or gave no result. */
export const skipped = (id: FindingId, evidence: string): Finding => ({
  id,
  severity: 'skipped',
  evidence,
})
