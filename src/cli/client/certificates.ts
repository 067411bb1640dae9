import { keysOf } from '../../clients/client-registry.ts'
import { toBase64url } from '../../encoding/base64.ts'
import { fromHex } from '../../encoding/hex.ts'
import { changeOptions, command } from '../command.ts'
import { done } from '../outcome.ts'
import { count } from '../terminal.ts'
import { delay, openRegistry, outcomeOf } from './outcome.ts'
import { readSelfSignedKey } from './proof.ts'

const rollover = [
  'Rollover of a self-signed partner: add its new certificate, let it switch, remove the old one.',
  'A CA-issued partner needs none of this: the CA vouches for its next certificate.',
]

export const clientAddCertificate = command({
  name: 'client add-certificate',
  summary: 'let a self-signed partner use another certificate too',
  operands: 'ID FILE',
  about: rollover,
  options: {
    unverified: { help: 'also a certificate that is not valid today' },
    ...changeOptions,
  },
  examples: ['certbound client add-certificate bolt bolt-2027.pem'],
  async run({ operands: [clientId = '', file = ''], options }, context) {
    const key = await readSelfSignedKey(file, options.unverified, context)
    if (!key.ok) return key.error
    const { jwk, notes } = key.value
    const thumbprint = String(jwk['x5t#S256'])
    const { registry, by } = await openRegistry(options, context)
    return outcomeOf(
      await registry.addKey(clientId, jwk, by),
      ({ before }) => {
        const keys = keysOf(before).length + 1
        return done([`${clientId} may use ${thumbprint} too`], { thumbprint, keys }, [
          ...notes,
          `it has ${count(keys, 'certificate')}; the new one works within 30 s`,
        ])
      },
      (client) => {
        const keys = keysOf(client).length
        return done([`${clientId} already has ${thumbprint}`], { thumbprint, keys })
      },
    )
  },
})

export const clientRemoveCertificate = command({
  name: 'client remove-certificate',
  summary: 'remove one of the certificates of a self-signed partner',
  operands: 'ID THUMBPRINT',
  about: [
    ...rollover,
    'THUMBPRINT as `client show` prints it, or in hex: SHA-256 of the certificate, or for a bare key the',
    'thumbprint of RFC 7638.',
  ],
  options: changeOptions,
  examples: [
    'certbound client remove-certificate bolt A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
  ],
  async run({ operands: [clientId = '', text = ''], options }, context) {
    const thumbprint = thumbprintFrom(text)
    const { registry, by } = await openRegistry(options, context)
    return outcomeOf(await registry.removeKey(clientId, thumbprint, by), () =>
      done([`${clientId} may no longer use ${thumbprint}`], { thumbprint }, [
        delay,
        `tokens issued until then stay valid: \`certbound client revoke-tokens ${clientId}\` after that`,
      ]),
    )
  },
})

/** A thumbprint in base64url, from base64url or hex, with or without colons. */
function thumbprintFrom(text: string): string {
  const octets = fromHex(text.replaceAll(':', ''))
  return octets?.length === 32 ? toBase64url(octets) : text
}
