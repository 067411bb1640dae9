import { describeBehindProxy } from '../../support/node/proxies/proxy-suite.ts'

describeBehindProxy(
  'caddy',
  {
    issued: 'token',
    rsa: 'token',
    utf8: 'token',
    selfSigned: 'token',
    chain: { code: 'certificate_path' },
    stored: 'token',
    expiredIssued: { code: 'certificate_path' },
    expiredSelfSigned: { code: 'certificate_expired' },
    none: { code: 'certificate_missing' },
  },
  'resumes',
)
