import type { CrlEvent } from '../../../src/revocation/refresh-crls.ts'

const common = { trust_anchor_set: 'partners', url: 'http://crl.example/a.crl' }

/** One example of every CRL event. The compiler finds a missing one. */
export const crlEvents: {
  readonly [Code in CrlEvent['code']]: CrlEvent & { readonly code: Code }
} = {
  crl_stored: {
    code: 'crl_stored',
    ...common,
    issuer: 'CN=ca',
    crl_number: '1',
    entries: 2,
    next_update: 3,
  },
  crl_refresh_failed: { code: 'crl_refresh_failed', ...common, problem: 'status status=404' },
}
