import { describeBehindProxy } from '../../support/node/proxies/proxy-suite.ts'

describeBehindProxy(
  'apache',
  {
    issued: 'token',
    rsa: 'token',
    utf8: 'token',
    selfSigned: 'token',
    chain: 'token',
    stored: 'token',
    expiredIssued: 'no handshake',
    expiredSelfSigned: 'no handshake',
    none: { code: 'certificate_missing' },
  },
  'never resumes',
)
