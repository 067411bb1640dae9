import { type Check, type Examination, hasOrdinaryHost } from '../examination.ts'
import { bad, type Finding, good } from '../findings.ts'
import { doctorIdentity } from '../forge-certificate.ts'
import type { ClientIdentity } from '../http/exchange.ts'
import { tokenForm, tokenResult } from '../token-request.ts'

const versions = ['TLSv1.2', 'TLSv1.3'] as const

/** Whether a TLS session with a certificate can be resumed without it, or at another host. */
export const resumption: Check = {
  activity: 'resuming TLS sessions',
  async run(examination) {
    const identity = examination.partner?.identity ?? (await doctorIdentity(examination.clock()))
    return [await checkSameHost(examination, identity), await checkOtherHost(examination, identity)]
  },
}

/** Resumes a session with a certificate, without presenting the certificate again. */
async function checkSameHost(
  { http, deployment, partner }: Examination,
  identity: ClientIdentity,
): Promise<Finding> {
  const url = deployment.mtlsTokenEndpoint
  const form = tokenForm(partner ?? { clientId: 'certbound-doctor' })
  for (const version of versions) {
    const first = await http.send({ url, form, identity, version })
    const session = first.tls?.session ?? null
    if (session === null) continue
    const second = await http.send({ url, form, version, session })
    if (second.tls?.resumed !== true) continue
    const token = tokenResult(second).kind === 'token' ? ', and a token was issued to it' : ''
    return bad('resumption', `${version}: a session was resumed without a certificate${token}`)
  }
  return good('resumption', versions.join(' and '))
}

/** Resumes a session of one host at the other host. */
async function checkOtherHost(
  { http, deployment }: Examination,
  identity: ClientIdentity,
): Promise<Finding> {
  if (!hasOrdinaryHost(deployment)) return good('resumption-other-host', 'there is one host')
  const { mtlsTokenEndpoint: mtls, tokenEndpoint: ordinary } = deployment
  for (const version of versions) {
    for (const [from, to] of [
      [ordinary, mtls],
      [mtls, ordinary],
    ] as const) {
      const first = await http.send({ url: from, form: {}, identity, version })
      const session = first.tls?.session ?? null
      if (session === null) continue
      const { tls } = await http.send({ url: to, form: {}, version, session })
      if (tls?.resumed === true) {
        const hosts = `${new URL(from).host} at ${new URL(to).host}`
        return bad('resumption-other-host', `${version}: a session of ${hosts}`)
      }
    }
  }
  return good('resumption-other-host')
}
