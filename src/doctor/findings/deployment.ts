import type { Description } from './finding.ts'

const fail = { weight: 'fail' } as const
const warn = { weight: 'warn' } as const

/** What the deployment says of itself, and how it is reached. */
export const deploymentFindings = {
  reachable: {
    ...fail,
    title: 'the host answers over TLS with a certificate of its name',
    meaning: 'Partners cannot connect, or connect to somebody else.',
    fix: "See to the server's name, address and certificate. For a private CA give --ca, for another address --resolve.",
  },
  'metadata-found': {
    ...fail,
    title: 'metadata stands where RFC 8414 has it',
    meaning: 'Libraries cannot find the endpoints; nothing else can be checked.',
    fix: 'Give the issuer as the URL; let the terminator forward /.well-known/oauth-authorization-server.',
  },
  'metadata-issuer': {
    ...fail,
    title: 'the metadata names the issuer that serves it',
    meaning:
      'RFC 8414 section 3.3: clients must not use such metadata. Somebody may be mixing issuers up.',
    fix: 'Set ISSUER to the URL that partners use; let nothing rewrite or keep the document.',
  },
  'metadata-https': {
    ...fail,
    title: 'all endpoints are https',
    meaning: 'Tokens and certificates would go over the wire in the open.',
    fix: 'Let nothing rewrite URLs in answers; ISSUER and MTLS_ORIGIN are https.',
  },
  'metadata-mtls': {
    ...fail,
    title: 'the metadata announces mutual TLS',
    meaning:
      'RFC 8705 sections 2.1 and 3.3: libraries do not use certificates that are not announced.',
    fix: 'Let nothing rewrite the document; it comes out of the Worker with these members.',
  },
  'metadata-alias': {
    ...fail,
    title: 'the mutual-TLS token endpoint can be reached',
    meaning: 'Partners follow mtls_endpoint_aliases (RFC 8705 section 5) and find nothing there.',
    fix: 'See that the host of MTLS_ORIGIN resolves, has a certificate of its name and is routed to the Worker.',
  },
  'metadata-same': {
    ...warn,
    title: 'both hosts serve the same metadata',
    meaning: 'One of them is old, rewritten or of another deployment.',
    fix: 'Purge caches of the document, and route both hosts to the same Worker.',
  },
  'metadata-cache': {
    ...warn,
    title: 'metadata may be kept, for a while',
    meaning:
      'Changes do not reach partners for longer than a day, or every request fetches it anew.',
    fix: 'Let no cache rule replace the Cache-Control of the Worker (an hour).',
  },
  'jwks-reachable': {
    ...fail,
    title: 'the JWK Set can be fetched',
    meaning: 'No API can verify a token.',
    fix: 'Let the terminator forward jwks_uri; see /health.',
  },
  'jwks-keys': {
    ...fail,
    title: 'the JWK Set has public keys alone, each with its own kid',
    meaning: 'Private members are published, or APIs cannot tell which key signed a token.',
    fix: 'Let nothing stand in for the JWK Set of the Worker. After a private key has been published: key rotate, key revoke.',
  },
  'jwks-cache': {
    ...warn,
    title: 'the JWK Set may be kept, for a short while',
    meaning:
      'After an hour new keys are in use that APIs do not see, and revoked ones stay believed.',
    fix: 'Let no cache rule replace the Cache-Control of the Worker (five minutes).',
  },
  'clock-skew': {
    ...warn,
    title: "the server's clock agrees with this machine's",
    meaning: 'Validity of certificates and tokens is judged at another time than APIs do.',
    fix: 'Set the clock of this machine, or of the terminator, by NTP.',
  },
  'tls-old': {
    ...fail,
    title: 'TLS 1.0 and 1.1 are refused',
    meaning: 'RFC 8996: both are broken and must not be used.',
    fix: 'nginx "ssl_protocols TLSv1.2 TLSv1.3", Apache "SSLProtocol -all +TLSv1.2 +TLSv1.3", Cloudflare: minimum TLS version 1.2.',
  },
  'tls-modern': {
    ...fail,
    title: 'TLS 1.2 or 1.3 is accepted',
    meaning: 'RFC 9325: partners with a careful TLS library cannot connect.',
    fix: 'Switch TLS 1.2 and 1.3 on.',
  },
  'mtls-asks': {
    ...fail,
    title: 'the mutual-TLS host asks for a certificate',
    meaning: 'No partner can show its certificate, and every one is refused.',
    fix: 'nginx "ssl_verify_client optional_no_ca", Apache "SSLVerifyClient optional_no_ca", Cloudflare: SSL/TLS, Client Certificates, Hosts.',
  },
  'ordinary-asks': {
    ...warn,
    title: 'the ordinary host asks for no certificate',
    meaning: 'Browsers bring up a dialogue, and certificates are shown where nothing needs them.',
    fix: 'Ask for certificates at the mutual-TLS host alone.',
  },
  'http-port': {
    ...fail,
    title: 'plain HTTP serves no token endpoint',
    meaning:
      'Tokens go over the wire in the open, and client certificates are never checked there.',
    fix: 'Let the plain HTTP port redirect or refuse; it must not forward to the Worker.',
  },
  'unknown-host': {
    ...warn,
    title: 'an unknown Host is refused',
    meaning:
      'The terminator forwards whatever it is asked for, under a Host that it replaces: each such door needs its own strip.',
    fix: 'Give the address a default server that forwards nothing.',
  },
} as const satisfies Readonly<Record<string, Description>>
