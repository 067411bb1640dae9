import type { Description } from './finding.ts'

const fail = { weight: 'fail' } as const
const warn = { weight: 'warn' } as const

/** Who gets a token with which certificate. */
export const authenticationFindings = {
  'baseline-token': {
    ...fail,
    title: 'the partner gets a token with its certificate',
    meaning: 'The partner cannot authenticate. That others are refused proves nothing then.',
    fix: 'Look the request_id up in the log; see that the certificate is the one that is registered for this client_id.',
  },
  'token-contents': {
    ...fail,
    title: 'the token is bound to the certificate',
    meaning:
      'A token without the cnf of this certificate, or of another issuer, can be used by a thief or by nobody.',
    fix: 'See that nothing between partner and Worker shows a certificate of its own (TLS inspection), and the client is registered as bound.',
  },
  'token-clock': {
    ...warn,
    title: "the token's times agree with this machine's clock",
    meaning: 'APIs with a right clock may refuse fresh tokens, or take expired ones.',
    fix: 'Set the clock of this machine, or of the one that serves, by NTP.',
  },
  'token-no-store': {
    ...fail,
    title: 'nobody keeps answers of the token endpoint',
    meaning: "A cache may hand one partner's token to another caller (RFC 6749 section 5.1).",
    fix: 'Let no proxy or CDN rule change Cache-Control of, or cache, anything below the issuer.',
  },
  'no-certificate': {
    ...fail,
    title: 'without a certificate there is no token',
    meaning: 'Whoever knows a client_id gets its tokens.',
    fix: "Stop the service, and see what stands in for the certificate: a header set without condition, a hop whose own certificate is the partner's.",
  },
  'ordinary-host-token': {
    ...fail,
    title: 'the ordinary host gives no token for a certificate',
    meaning:
      'The ordinary host conveys certificates. What is checked at the mutual-TLS host may not be checked there.',
    fix: 'Ask for certificates at the mutual-TLS host alone.',
  },
  'stranger-self-signed': {
    ...fail,
    title: "a stranger's self-signed certificate is refused",
    meaning: "Whoever writes the partner's name into a certificate of his own gets its tokens.",
    fix: 'See which trust anchors the client has (client show, ca list), and that the log says how the stranger came in.',
  },
  'stranger-expired': {
    ...fail,
    title: "a stranger's expired certificate is refused",
    meaning: "Whoever writes the partner's name into an old certificate gets its tokens.",
    fix: 'See which trust anchors the client has (client show, ca list), and that the log says how the stranger came in.',
  },
  'stranger-issued': {
    ...fail,
    title: "a certificate that only names the partner's CA is refused",
    meaning:
      "Whoever writes the names of partner and CA into a certificate gets the partner's tokens.",
    fix: 'See which trust anchors the client has (client show, ca list), and that the log says how the stranger came in.',
  },
  'client-enumeration': {
    ...warn,
    title: 'a known and an unknown client get the same refusal',
    meaning: 'Strangers can find out who your partners are.',
    fix: 'Let no rule in front of the Worker answer in its place.',
  },
  resumption: {
    ...warn,
    title: 'TLS sessions with a certificate are not resumed',
    meaning: 'A resumed session brings the certificate of an earlier handshake, without its chain.',
    fix: 'Switch session tickets and session caches off at the mutual-TLS host. A Caddyfile cannot; this stays with Caddy.',
  },
  'resumption-other-host': {
    ...fail,
    title: 'no TLS session of one host is resumed at another',
    meaning:
      'A session of a host that asks for no certificate, or trusts others, may count as authenticated (CVE-2025-23419).',
    fix: 'Update the terminator; switch tickets off, or give each host a ticket key and cache of its own.',
  },
} as const satisfies Readonly<Record<string, Description>>
