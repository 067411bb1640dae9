import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chainFile, type Identity, mintIdentity } from '../certificates.ts'
import { prepareData } from '../prepared-data.ts'

/** A partner's client_id, and its PEM for the handshake. */
export type PartnerTls = {
  readonly clientId: string
  readonly cert?: string
  readonly key?: string
}

/** Partners by kind. */
export type PartnersBehind = Awaited<ReturnType<typeof partnersBehind>>

/** One of the kinds. */
export type PartnerKind = Exclude<keyof PartnersBehind, 'victim' | 'attacker' | 'intermediate'>

const api = 'https://api.example.com'

/**
 * Generates certificates of partners and registers them in a data folder.
 * @param folder an existing folder that no local edge uses yet
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
  const below = await mintIdentity({ subject: 'CN=below,O=Acme', issuer: intermediate })
  const self = await mintIdentity({ subject: 'CN=self' })
  const expiredSelf = await mintIdentity({ subject: 'CN=expired self', ...expired })
  const expiredIssued = await mintIdentity({ subject: issued.subject, issuer: root, ...expired })
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return name
  }
  const rootFile = await file('root.pem', root.cert)
  const add = (name: string, ...options: string[]) => [
    'client',
    'add',
    name,
    ...options,
    '--resource',
    api,
  ]
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
  const partner = (clientId: string, leaf: Identity, ...chain: Identity[]): PartnerTls => ({
    clientId,
    cert: chainFile(leaf, ...chain),
    key: leaf.key,
  })
  return {
    issued: partner('issued', issued),
    rsa: partner('rsa', rsa),
    utf8: partner('utf8', utf8),
    chain: partner('chain', below, intermediate),
    stored: partner('stored', below),
    selfSigned: partner('self', self),
    expiredIssued: partner('issued', expiredIssued),
    expiredSelfSigned: partner('expired-self', expiredSelf),
    none: { clientId: 'self' },
    /** The partner that an attacker tries to impersonate. Its certificates are public. */
    victim: self,
    intermediate,
    /** A self-signed certificate with the victim's subject. */
    attacker: await mintIdentity({ subject: 'CN=self' }),
  } as const
}

/** A JWK Set with only the public key. */
const jwks = ({ der }: Identity): string =>
  JSON.stringify({ keys: [new X509Certificate(der).publicKey.export({ format: 'jwk' })] })
