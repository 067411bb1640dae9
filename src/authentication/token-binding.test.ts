import { expect, it } from 'vitest'
import { pkiClient, registrationOf } from '../../test/support/worker/partners.ts'
import { authenticatedAs } from './authenticated-client.ts'
import { tokenBinding } from './token-binding.ts'

const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

it.each([
  [true, { thumbprint }, { ok: true, value: { 'x5t#S256': thumbprint } }],
  [true, null, { ok: false, error: { code: 'binding_certificate_missing', clientId: 'acme' } }],
  [false, { thumbprint }, { ok: true, value: null }],
  [false, null, { ok: true, value: null }],
] as const)('registered for bound tokens %j, certificate %j', (bound, certificate, binding) => {
  const registration = registrationOf({
    ...pkiClient,
    tls_client_certificate_bound_access_tokens: bound,
  })
  const client = authenticatedAs(
    { ...registration, version: 1, enabled: true, trustAnchors: null },
    { method: 'tls_client_auth', validUntil: 0, certificate },
  )
  expect(tokenBinding(client)).toEqual(binding)
})
