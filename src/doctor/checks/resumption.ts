import { tokenForm, verdictOf } from '../asking.ts'
import { type Check, type Examination, hasOrdinaryHost } from '../examination.ts'
import { bad, type Finding, good } from '../findings/findings.ts'
import { doctorsName, throwaway } from '../throwaway.ts'
import type { ClientIdentity } from '../wire/wire.ts'

const versions = ['TLSv1.2', 'TLSv1.3'] as const

/** TLS sessions: what of a certificate outlives its handshake, and its host. */
export const resumption: Check = {
  says: 'resuming TLS sessions',
  async run(examination) {
    const identity = examination.partner?.identity ?? (await doctor(examination))
    const found = await checkSame(examination, identity)
    return [found, await checkOther(examination, identity)]
  },
}

const doctor = ({ clock }: Examination): Promise<ClientIdentity> =>
  throwaway({
    ...{ subject: doctorsName, issuer: doctorsName, subjectAltName: null },
    ...{ notBefore: clock() - 3600, notAfter: clock() + 86_400 },
  })

/** A session that began with a certificate, gone on with without one. */
async function checkSame(
  { wire, found, partner }: Examination,
  identity: ClientIdentity,
): Promise<Finding> {
  const url = found.mtlsTokenEndpoint
  const form = tokenForm(partner ?? { clientId: 'certbound-doctor' })
  for (const version of versions) {
    const first = await wire.send({ url, form, identity, version })
    const session = first.tls?.session ?? null
    if (session === null) continue
    const again = await wire.send({ url, form, version, session })
    if (again.tls?.resumed !== true) continue
    const token = verdictOf(again).kind === 'token' ? ', and a token was issued to it' : ''
    return bad('resumption', `${version}: a session was resumed without a certificate${token}`)
  }
  return good('resumption', versions.join(' and '))
}

/** A session of one host, gone on with at the other. */
async function checkOther(
  { wire, found }: Examination,
  identity: ClientIdentity,
): Promise<Finding> {
  if (!hasOrdinaryHost(found)) return good('resumption-other-host', 'there is one host')
  const { mtlsTokenEndpoint: mtls, tokenEndpoint: ordinary } = found
  for (const version of versions) {
    for (const [from, to] of [
      [ordinary, mtls],
      [mtls, ordinary],
    ] as const) {
      const first = await wire.send({ url: from, form: {}, identity, version })
      const session = first.tls?.session ?? null
      if (session === null) continue
      const { tls } = await wire.send({ url: to, form: {}, version, session })
      if (tls?.resumed === true) {
        const hosts = `${new URL(from).host} at ${new URL(to).host}`
        return bad('resumption-other-host', `${version}: a session of ${hosts}`)
      }
    }
  }
  return good('resumption-other-host')
}
