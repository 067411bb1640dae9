import type { D1Database } from '@cloudflare/workers-types'
import { toColumns } from '../../../src/clients/client-row.ts'
import { parseRegistration, type Registration } from '../../../src/clients/registration.ts'
import { toBase64 } from '../../../src/encoding/base64.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { toHex } from '../../../src/encoding/hex.ts'
import { parseCertificate } from '../../../src/x509/index.ts'
import { type IdentityRequest, mintIdentity } from '../certificates.ts'
import {
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintKeyPair,
  type MintRequest,
  mintCertificate,
} from '../mint/mint.ts'
import type { Presented } from './edge-cf.ts'

const day = 86_400

/** A CA's name, certificate and key pair. */
export type Identity = { readonly name: string; readonly der: Bytes; readonly keys: MintKeyPair }

/** The certificates that a client presents, and its key pair. */
export type PartnerCertificate = Presented & { readonly keys: MintKeyPair }

/** A root, which is the trust anchor, and an intermediate, which issues certificates. */
export type Authority = { readonly root: Identity; readonly intermediate: Identity }

/** Validity around a time (seconds since the epoch): a day before, thirty days after. */
export const validAround = (now: number) => ({ notBefore: now - day, notAfter: now + 30 * day })

/** Generates a partner's CA. Its names end in the given organization. */
export async function mintAuthority(organization: string, now: number): Promise<Authority> {
  const root = await mintCa(`CN=Root,O=${organization}`, null, now)
  return { root, intermediate: await mintCa(`CN=Issuing,O=${organization}`, root, now) }
}

async function mintCa(name: string, issuer: Identity | null, now: number): Promise<Identity> {
  const { der, keys } = await mintIdentity({
    subject: name,
    purpose: 'ca',
    ...(issuer && { issuer }),
    ...validAround(now),
  })
  return { name, der, keys }
}

/** What differs from an ordinary leaf; `more` are Extension elements besides the usual ones. */
export type LeafChange = Partial<
  Pick<IdentityRequest, 'subject' | 'notBefore' | 'notAfter' | 'serial' | 'keys'>
> & { readonly more?: readonly Bytes[] }

/** A partner's certificate issued by a CA, presented with its intermediate. */
export async function issueCertificate(
  { intermediate }: Authority,
  now: number,
  { more = [], ...change }: LeafChange = {},
): Promise<PartnerCertificate> {
  const { der, keys } = await mintIdentity({
    subject: 'CN=partner,O=Acme',
    issuer: intermediate,
    ...validAround(now),
    extensions: more,
    ...change,
  })
  return { leaf: der, chain: [intermediate.der], keys }
}

/** A partner's self-signed certificate. */
export async function selfSignedCertificate(
  now: number,
  { more = [], ...change }: LeafChange = {},
): Promise<PartnerCertificate> {
  const { der, keys } = await mintIdentity({
    subject: 'CN=self,O=Acme',
    ...validAround(now),
    extensions: more,
    ...change,
  })
  return { leaf: der, chain: [], keys }
}

/** What is odd or malformed in a leaf; `more` are Extension elements besides the usual ones. */
export type OddChange = Partial<MintRequest> & {
  readonly more?: readonly Bytes[]
  readonly keys?: MintKeyPair
}

/**
 * A leaf in raw DER, for what a generator of well-formed certificates refuses or corrects.
 * @param authority null: the certificate is self-signed
 */
export async function oddCertificate(
  authority: Authority | null,
  now: number,
  { more = [], keys, ...change }: OddChange,
): Promise<PartnerCertificate> {
  const own = keys ?? (await generateKeyPair('ES256'))
  const subject = authority === null ? 'CN=self,O=Acme' : 'CN=partner,O=Acme'
  const leaf = await mintCertificate({
    subject,
    issuer: authority?.intermediate.name ?? subject,
    ...validAround(now),
    publicKey: own,
    signWith: authority?.intermediate.keys ?? own,
    extensions: [keyUsage(['digitalSignature']), extKeyUsage(['clientAuth']), ...more],
    ...change,
  })
  return { leaf, chain: authority === null ? [] : [authority.intermediate.der], keys: own }
}

/** The JWK Set that registers whole certificates (RFC 8705 section 2.2.2). */
export const jwksOf = (...certificates: readonly Presented[]) => ({
  keys: certificates.map(({ leaf }) => ({ kty: 'EC', x5c: [toBase64(leaf)] })),
})

/** The metadata of a client. A member that is undefined is left out. */
export type Metadata = Readonly<Record<string, unknown>>

export const apiResource = 'https://api.example.com'
export const otherResource = 'https://other.example.com/b'

/** A client of the PKI method. */
export const pkiClient: Metadata = {
  client_id: 'acme',
  client_name: 'Acme Corporation',
  token_endpoint_auth_method: 'tls_client_auth',
  trust_anchor_set: 'acme-ca',
  tls_client_auth_subject_dn: 'CN=partner,O=Acme',
  scope: 'read write',
  resources: [apiResource, otherResource],
}

/** A client of the self-signed method. */
export const selfSignedClient = (jwks: unknown): Metadata => ({
  client_id: 'solo',
  client_name: 'Solo',
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks,
  scope: 'read write',
  resources: [apiResource, otherResource],
})

/** The registration of metadata. Throws if the metadata is refused. */
export function registrationOf(metadata: Metadata): Registration {
  const given = Object.entries(metadata).filter(([, value]) => value !== undefined)
  const registration = parseRegistration(Object.fromEntries(given))
  if (!registration.ok) throw new Error(registration.error.join('; '))
  return registration.value
}

/** Creates a set of trust anchors. */
export async function addAnchors(db: D1Database, set: string, ...ders: Bytes[]): Promise<void> {
  const anchors = await Promise.all(
    ders.map(async (der) => {
      const parsed = parseCertificate(der)
      const { subject = '?', notAfter = 0 } = parsed.ok ? parsed.certificate : {}
      const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
      return db
        .prepare(`INSERT INTO trust_anchors (set_name, sha256, certificate, subject, not_after, added_at)
          VALUES (?1, ?2, ?3, ?4, ?5, 0)`)
        .bind(set, sha256, der, subject, notAfter)
    }),
  )
  await db.batch([
    db
      .prepare('INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, 0)')
      .bind(set),
    ...anchors,
  ])
}

/** Stores an intermediate in a set of trust anchors. */
export async function addIntermediate(db: D1Database, set: string, der: Bytes): Promise<void> {
  const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
  await db
    .prepare(`INSERT INTO trust_set_intermediates
        (set_name, sha256, certificate, subject, not_after, added_at) VALUES (?1, ?2, ?3, '?', 0, 0)`)
    .bind(set, sha256, der)
    .run()
}

/** Columns of `clients` in the order of schema.sql. */
const insert = `INSERT INTO clients (client_id, version, enabled, client_name,
    token_endpoint_auth_method, trust_anchor_set, subject_attribute, subject_value, subject_key,
    jwks, scope, resources, tls_client_certificate_bound_access_tokens, created_at, updated_at,
    access_token_format, introspection_resources, grant_types)
  VALUES (?1, 1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, ?12, ?13, ?14)`

/** Registers a client: writes the columns that the commands write. */
export async function register(db: D1Database, metadata: Metadata): Promise<Registration> {
  const registration = registrationOf(metadata)
  const row = toColumns(registration)
  await db
    .prepare(insert)
    .bind(
      row.client_id,
      row.client_name,
      row.token_endpoint_auth_method,
      row.trust_anchor_set,
      row.subject_attribute,
      row.subject_value,
      row.subject_key,
      row.jwks,
      row.scope,
      row.resources,
      row.tls_client_certificate_bound_access_tokens,
      row.access_token_format,
      row.introspection_resources,
      row.grant_types,
    )
    .run()
  return registration
}

/** Disables or enables a client. */
export const setEnabled = (db: D1Database, clientId: string, enabled: boolean) =>
  db
    .prepare('UPDATE clients SET enabled = ?2, version = version + 1 WHERE client_id = ?1')
    .bind(clientId, enabled ? 1 : 0)
    .run()

/** Removes a client. */
export const remove = (db: D1Database, clientId: string) =>
  db.prepare('DELETE FROM clients WHERE client_id = ?1').bind(clientId).run()
