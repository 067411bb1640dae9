import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chainFile, type Identity, mintIdentity } from '../certificates.ts'
import { prepareData } from '../prepared-data.ts'

/** What a partner shows in the handshake, and which client it says to be. */
export type Shown = {
  readonly clientId: string
  readonly cert?: string
  readonly key?: string
}

/** Partners of every kind, by what is special about them. */
export type PartnersBehind = Awaited<ReturnType<typeof partnersBehind>>

/** One of the kinds. */
export type PartnerKind = Exclude<keyof PartnersBehind, 'victim' | 'intruder' | 'intermediate'>

const api = 'https://api.example.com'

/**
 * Mints partners and registers them in a data folder.
 * @param folder an existing folder that no local edge serves yet
 */
export async function partnersBehind(folder: string) {
  const root = await mintIdentity({ subject: 'CN=Root,O=Acme', purpose: 'ca' })
  const intermediate = await mintIdentity({
    subject: 'CN=Issuing,O=Acme',
    purpose: 'ca',
    issuer: root,
  })
  const past = Math.floor(Date.now() / 1000) - 3600
  const expired = { notBefore: past - 3600, notAfter: past }
  const issued = await mintIdentity({ subject: 'CN=ec,O=Acme', issuer: root })
  const rsa = await mintIdentity({ subject: 'CN=rsa,O=Acme', issuer: root, alg: 'RS256' })
  const utf8 = await mintIdentity({ subject: 'CN=Bücher ✓,O=Zürich', issuer: root })
  const under = await mintIdentity({ subject: 'CN=below,O=Acme', issuer: intermediate })
  const self = await mintIdentity({ subject: 'CN=self' })
  const expiredSelf = await mintIdentity({ subject: 'CN=expired self', ...expired })
  const expiredIssued = await mintIdentity({ subject: issued.subject, issuer: root, ...expired })
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return name
  }
  const rootFile = await file('root.pem', root.cert)
  const add = (name: string, ...how: string[]) => ['client', 'add', name, ...how, '--resource', api]
  await prepareData(folder, [
    ['ca', 'add', 'acme', rootFile],
    ['ca', 'add', 'acme-stored', rootFile],
    ['ca', 'add-intermediate', 'acme-stored', await file('issuing.pem', intermediate.cert)],
    add('issued', '--subject-dn', 'CN=ec,O=Acme', '--ca', 'acme'),
    add('rsa', '--subject-dn', 'CN=rsa,O=Acme', '--ca', 'acme'),
    add('utf8', '--subject-dn', 'CN=Bücher ✓,O=Zürich', '--ca', 'acme'),
    add('chain', '--subject-dn', 'CN=below,O=Acme', '--ca', 'acme'),
    add('stored', '--subject-dn', 'CN=below,O=Acme', '--ca', 'acme-stored'),
    add('self', '--certificate', await file('self.pem', self.cert)),
    add('expired-self', '--jwks', await file('key.json', jwks(expiredSelf))),
  ])
  const shown = (clientId: string, leaf: Identity, ...chain: Identity[]): Shown => ({
    clientId,
    cert: chainFile(leaf, ...chain),
    key: leaf.key,
  })
  return {
    issued: shown('issued', issued),
    rsa: shown('rsa', rsa),
    utf8: shown('utf8', utf8),
    chain: shown('chain', under, intermediate),
    stored: shown('stored', under),
    selfSigned: shown('self', self),
    expiredIssued: shown('issued', expiredIssued),
    expiredSelfSigned: shown('expired-self', expiredSelf),
    none: { clientId: 'self' },
    /** Whom the attempts below try to be; both of its certificates are public. */
    victim: self,
    intermediate,
    /** A certificate that anybody can make. */
    intruder: await mintIdentity({ subject: 'CN=self' }),
  } as const
}

/** A JWK Set with the bare public key. */
const jwks = ({ der }: Identity): string =>
  JSON.stringify({ keys: [new X509Certificate(der).publicKey.export({ format: 'jwk' })] })
