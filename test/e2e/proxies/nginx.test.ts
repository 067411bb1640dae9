import { describeBehindProxy } from '../../support/node/proxies/proxy-suite.ts'

describeBehindProxy(
  'nginx',
  {
    issued: 'token',
    rsa: 'token',
    utf8: 'token',
    selfSigned: 'token',
    chain: { code: 'certificate_path' },
    stored: 'token',
    expiredIssued: 400,
    expiredSelfSigned: 400,
    none: { code: 'certificate_missing' },
  },
  'never resumes',
)
