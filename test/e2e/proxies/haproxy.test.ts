import { describeBehindProxy } from '../../support/node/proxies/proxy-suite.ts'

describeBehindProxy(
  'haproxy',
  {
    issued: 'token',
    rsa: 'token',
    utf8: 'token',
    selfSigned: 'token',
    chain: 'token',
    stored: 'token',
    expiredIssued: { code: 'certificate_path' },
    expiredSelfSigned: { code: 'certificate_expired' },
    none: { code: 'certificate_missing' },
  },
  'never resumes',
)
