import type { CrlEvent } from '../../../src/revocation/refresh-crls.ts'

const about = { trust_anchor_set: 'partners', url: 'http://crl.example/a.crl' }

/** One example of every event of CRLs; the compiler knows when one is missing. */
export const crlEvents: {
  readonly [Code in CrlEvent['code']]: CrlEvent & { readonly code: Code }
} = {
  crl_stored: {
    code: 'crl_stored',
    ...about,
    issuer: 'CN=ca',
    crl_number: '1',
    entries: 2,
    next_update: 3,
  },
  crl_refresh_failed: { code: 'crl_refresh_failed', ...about, problem: 'status status=404' },
}
