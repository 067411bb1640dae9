import { maxRegisteredKeys } from '../../clients/registered-key.ts'
import { err, ok } from '../../encoding/result.ts'
import { readCertificates } from '../cert/read-certificates.ts'
import { changeOptions, command } from '../command.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { count } from '../terminal.ts'
import { changeClient } from './change-client.ts'
import { type ClientRecord, keysOf } from './client-record.ts'
import { describeRegisteredKey, thumbprintFrom } from './describe-key.ts'
import { selfSignedKey } from './proof.ts'
import { bound, revokeAfterwards } from './remembering.ts'

const rollOver = [
  'Roll-over of a self-signed partner: add its new certificate, let it switch, remove the old one.',
  'A CA-issued partner needs none of this: the CA vouches for its next certificate.',
]

/** `client add-certificate`. */
export const clientAddCertificate = command({
  name: 'client add-certificate',
  summary: 'let a self-signed partner use another certificate too',
  operands: 'ID FILE',
  about: rollOver,
  arity: [2, 2],
  options: {
    unverified: { type: 'boolean', help: 'also one that is not valid today' },
    ...changeOptions,
  },
  examples: ['certbound client add-certificate bolt bolt-2027.pem'],
  async run({ operands: [clientId = '', file = ''], options }, context) {
    const read = await readCertificates(context.cwd, file)
    if (!read.ok) return read.error
    const key = await selfSignedKey(read.value, context.now, options.unverified)
    if (!key.ok) return key.error
    const { jwk, notes } = key.value
    const thumbprint = String(jwk['x5t#S256'])
    const database = await context.open(options)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.add-certificate',
      async edit(before) {
        const keys = keysOf(before)
        if (before.jwks === null) return err(notByKeys(before))
        if ((await handlesOf(keys)).includes(thumbprint)) {
          return err(
            done([`${clientId} has ${thumbprint} already`], { thumbprint, keys: keys.length }),
          )
        }
        if (keys.length >= maxRegisteredKeys) {
          return err(
            refused(
              `${clientId} has ${keys.length} certificates, as many as a client may have`,
              '`client remove-certificate` takes one out',
            ),
          )
        }
        return ok({ ...before, jwks: JSON.stringify({ keys: [...keys, jwk] }) })
      },
    })
    if (!changed.ok) return changed.error
    const now = keysOf(changed.value.before).length + 1
    return done([`${clientId} may use ${thumbprint} too`], { thumbprint, keys: now }, [
      ...notes,
      `it has ${count(now, 'certificate')}; the new one works within 30 s`,
    ])
  },
})

/** `client remove-certificate`. */
export const clientRemoveCertificate = command({
  name: 'client remove-certificate',
  summary: 'let a self-signed partner no longer use one of its certificates',
  operands: 'ID THUMBPRINT',
  about: [
    ...rollOver,
    'THUMBPRINT as `client show` prints it, or in hex: SHA-256 of the certificate, or of a bare key as',
    'RFC 7638 has it.',
  ],
  arity: [2, 2],
  options: changeOptions,
  examples: [
    'certbound client remove-certificate bolt A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
  ],
  async run({ operands: [clientId = '', text = ''], options }, context) {
    const wanted = thumbprintFrom(text)
    const database = await context.open(options)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.remove-certificate',
      async edit(before) {
        if (before.jwks === null) return err(notByKeys(before))
        const keys = keysOf(before)
        const handles = await handlesOf(keys)
        const left = keys.filter((_, i) => handles[i] !== wanted)
        if (left.length === keys.length) return err(noSuchKey(clientId, text))
        if (left.length === 0) {
          return err(
            refused(
              `${text} is the only one that ${clientId} has`,
              '`client add-certificate` first, or `client disable`',
            ),
          )
        }
        return ok({ ...before, jwks: JSON.stringify({ keys: left }) })
      },
    })
    if (!changed.ok) return changed.error
    return done([`${clientId} may no longer use ${wanted}`], { thumbprint: wanted }, [
      bound,
      revokeAfterwards(clientId),
    ])
  },
})

const handlesOf = (keys: ReturnType<typeof keysOf>): Promise<(string | null)[]> =>
  Promise.all(keys.map(async (key) => (await describeRegisteredKey(key)).handle))

const notByKeys = ({ client_id, trust_anchor_set }: ClientRecord): Outcome =>
  refused(
    `${client_id} is known by its subject, under the set ${trust_anchor_set}`,
    'any certificate of that subject works that a CA of the set issued: nothing to add or remove',
  )

const noSuchKey = (clientId: string, text: string): Outcome =>
  refused(
    `${clientId} has no certificate ${text}`,
    `\`certbound client show ${clientId}\` lists them`,
  )
