import type { Description } from './finding.ts'

const believed =
  "A header that the caller wrote was believed: whoever has a partner's certificate, which is public, gets its tokens."

const fail = { weight: 'fail' } as const

/** Headers that only the TLS terminator may write, written by a stranger. */
export const forgedFindings = {
  'header-name': {
    ...fail,
    title: 'the header name cannot be guessed',
    meaning: 'Whoever guesses the name can forge the header wherever one strip is missing.',
    fix: 'Make a new one with "certbound proxy header-name", and set it at the terminator and as CERTIFICATE_HEADER.',
  },
  'forged-header': {
    ...fail,
    title: 'no forged header without a certificate',
    meaning: believed,
    fix: 'Have the terminator set the header on every request, also without a certificate, or remove it first. "certbound proxy config NAME" prints how.',
  },
  'forged-beside-certificate': {
    ...fail,
    title: 'no forged header beside another certificate',
    meaning: believed,
    fix: 'Have the terminator replace the header (set), not add to it, nor only where it is absent (setifempty).',
  },
  'forged-ordinary-host': {
    ...fail,
    title: 'no forged header at the ordinary host',
    meaning: believed,
    fix: 'Remove the header at every host that reaches the Worker, or read headers at the mutual-TLS host alone (CERTIFICATE_SOURCES).',
  },
  'forged-virtual-host': {
    ...fail,
    title: 'no forged header through another virtual host',
    meaning: believed,
    fix: 'Give the address a default server that forwards nothing, and refuse requests whose Host is not the name of the handshake.',
  },
  'forged-path': {
    ...fail,
    title: 'no forged header through another spelling of the path',
    meaning: believed,
    fix: 'Remove the header where requests come in, not in one location: nginx inherits no proxy_set_header into a location that has one of its own.',
  },
  'forged-spelling': {
    ...fail,
    title: 'no forged header in another spelling',
    meaning: believed,
    fix: 'Remove names in every letter case and with underscores: nginx "underscores_in_headers off", Apache "RequestHeader unset" for both.',
  },
  'forged-duplicate': {
    ...fail,
    title: 'no forged header sent twice',
    meaning: believed,
    fix: 'Have the terminator remove all headers of the name, not the first one.',
  },
  'forged-credential': {
    ...fail,
    title: 'no forged proxy credential',
    meaning: 'A header was believed that came with a made-up proxy credential.',
    fix: 'Have the terminator replace the header of the credential, and the Worker check it: PROXY_CREDENTIAL.',
  },
  'forged-edge': {
    ...fail,
    title: "no forged evidence of Cloudflare's edge",
    meaning:
      'A caller can say what only the edge may say. A development server may be reachable from outside.',
    fix: 'Let nobody reach workerd, wrangler dev or the local edge but their own front; remove MF-CF-Blob and cf-* at it.',
  },
  'forged-endpoint': {
    ...fail,
    title: 'no forged header at the other endpoints',
    meaning: believed,
    fix: 'Remove the header where requests come in, not for the token endpoint alone.',
  },
  'forged-http': {
    ...fail,
    title: 'no forged header over plain HTTP',
    meaning: believed,
    fix: 'Let the plain HTTP port redirect or refuse; it must not forward to the Worker.',
  },
  'forged-folded': {
    ...fail,
    title: 'no forged header in a malformed line',
    meaning: believed,
    fix: 'Update the terminator, and have it refuse malformed header lines (RFC 9112 section 5.2) rather than pass them on.',
  },
} as const satisfies Readonly<Record<string, Description>>
