import {
  caRole,
  hasSubject,
  registrableValues,
  reversedName,
  type SelfSignedRefusal,
  selfSignedJwk,
  subjectValueProblem,
  subjectValues,
} from '../../clients/partner-certificate.ts'
import type { SubjectAttribute } from '../../clients/registered-subject.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import type { ClientAuthMethod } from '../../oauth/client-auth-methods.ts'
import type { Database } from '../../storage/database.ts'
import { readStoredSet, refusalBySet, type StoredSet } from '../../trust-anchors/stored-set.ts'
import type { Certificate } from '../../x509/index.ts'
import { unknownSet } from '../ca/read-cas.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import {
  type ReadCertificate,
  readAllCertificates,
  readCertificates,
  readOctets,
} from '../cert/read-certificates.ts'
import { refusalHints } from '../cert/refusal-hint.ts'
import type { Options, OptionValues } from '../command.ts'
import type { Context } from '../context.ts'
import { type Outcome, refused, usage } from '../outcome.ts'

/** Options that say how a client authenticates. */
export const proofOptions = {
  certificate: { value: 'FILE', help: "the partner's certificate, PEM or DER" },
  ca: { value: 'SET', help: 'the trust anchor set that issues it (`ca add`)' },
  intermediate: {
    multiple: true,
    value: 'FILE',
    help: 'a CA between the certificate and the set, for the check',
  },
  by: {
    value: 'WHAT',
    help: 'subject-dn (default), san-dns, san-uri, san-ip or san-email of the file',
  },
  'subject-dn': { value: 'DN', help: 'the subject, RFC 4514, without a certificate' },
  'san-dns': { value: 'NAME', help: 'or one subject alternative name: a host name' },
  'san-uri': { value: 'URI', help: 'or a URI' },
  'san-ip': { value: 'ADDRESS', help: 'or an IP address' },
  'san-email': { value: 'ADDRESS', help: 'or an e-mail address' },
  jwks: { value: 'FILE', help: 'a JWK Set instead of a certificate' },
  unverified: { help: 'register a certificate that would be refused today' },
} as const satisfies Options

type ProofValues = OptionValues<typeof proofOptions>

/** The options that carry a subject, and the attributes they set. */
const attributes = {
  'subject-dn': 'tls_client_auth_subject_dn',
  'san-dns': 'tls_client_auth_san_dns',
  'san-uri': 'tls_client_auth_san_uri',
  'san-ip': 'tls_client_auth_san_ip',
  'san-email': 'tls_client_auth_san_email',
} as const satisfies Record<string, SubjectAttribute>

type SubjectOption = keyof typeof attributes

const subjectOptions = Object.keys(attributes) as readonly SubjectOption[]

/** The part of the client metadata that says how the client authenticates, and notes about it. */
export type Proof = {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/** Reads the options, the files they name and the trust anchor set, and checks the certificate. */
export async function readProof(
  options: ProofValues,
  database: Database,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  const method = options.ca === undefined ? 'self_signed_tls_client_auth' : 'tls_client_auth'
  const proof = await methodReaders[method](options, context, database)
  if (!proof.ok) return proof
  const { metadata, notes } = proof.value
  return ok({ metadata: { token_endpoint_auth_method: method, ...metadata }, notes })
}

type ReadMethod = (
  options: ProofValues,
  context: Context,
  database: Database,
) => Promise<Result<Proof, Outcome>>

const methodReaders: Readonly<Record<ClientAuthMethod, ReadMethod>> = {
  tls_client_auth: readIssued,
  self_signed_tls_client_auth: readSelfSigned,
}

const isGiven = (options: ProofValues) => (name: 'by' | SubjectOption) =>
  options[name] !== undefined

async function readSelfSigned(
  options: ProofValues,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  const { certificate, jwks } = options
  const subject = ['by' as const, ...subjectOptions].find(isGiven(options))
  if (jwks !== undefined && (certificate ?? subject) !== undefined) return err(jwksAlone)
  if (jwks !== undefined) return readJwks(jwks, context)
  if (subject !== undefined) return err(usage(`--${subject} goes with --ca SET`))
  if (certificate === undefined) {
    return err(usage('client add needs a --certificate, or --ca and a subject, or --jwks'))
  }
  if (options.intermediate.length > 0) return err(usage('--intermediate goes with --ca SET'))
  const key = await readSelfSignedKey(certificate, options.unverified, context)
  if (!key.ok) return key
  const { jwk, notes } = key.value
  return ok({ metadata: { jwks: { keys: [jwk] } }, notes })
}

const jwksAlone = usage('--jwks cannot be combined with --certificate, --ca or a subject')

async function readJwks(file: string, context: Context): Promise<Result<Proof, Outcome>> {
  const octets = await readOctets(context.cwd, file)
  if (!octets.ok) return octets
  try {
    // Editors on Windows put a byte order mark first, which is not JSON.
    const text = (fromUtf8(octets.value) ?? '').replace(/^\ufeff/, '')
    return ok({ metadata: { jwks: JSON.parse(text) }, notes: [] })
  } catch {
    return err(refused(`${file}: not JSON`, 'want a JWK Set, {"keys": [...]} (RFC 7517 section 5)'))
  }
}

/**
 * Reads the self-signed certificate of a partner as a JWK.
 * @param unverified whether a certificate that is not valid now is accepted
 */
export async function readSelfSignedKey(
  file: string,
  unverified: boolean,
  { cwd, now }: Pick<Context, 'cwd' | 'now'>,
): Promise<
  Result<{ readonly jwk: Record<string, unknown>; readonly notes: readonly string[] }, Outcome>
> {
  const read = await readCertificates(cwd, file)
  if (!read.ok) return read
  const [{ certificate }, second] = read.value
  if (second !== undefined) {
    return err(
      refused(
        `${file} holds ${read.value.length} certificates, as a CA-issued certificate has`,
        'with --ca SET its issuer is trusted; the file of a self-signed certificate holds only that one',
      ),
    )
  }
  const jwk = await selfSignedJwk(certificate)
  if (!jwk.ok) return err(describeSelfSignedRefusal(jwk.error))
  if (now >= certificate.notBefore && now <= certificate.notAfter) {
    return ok({ jwk: jwk.value, notes: [] })
  }
  const problem = `the certificate is not valid now: ${describeLife(certificate, now)}`
  return unverified
    ? ok({ jwk: jwk.value, notes: [`unverified: ${problem}`] })
    : err(refused(problem, 'ask the partner for a new one', registerAnyway))
}

const registerAnyway = '--unverified registers it anyway'

const describeSelfSignedRefusal = (refusal: SelfSignedRefusal): Outcome =>
  refusal.why === 'key_unusable'
    ? refused(
        `the certificate's key cannot be used: ${refusal.reason}`,
        'want RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519',
      )
    : refused(
        `the certificate is not self-signed: its issuer is ${refusal.issuer || '(empty)'}`,
        'with `--ca SET` it is trusted because its CA is: `certbound ca add SET CA-FILE` first',
      )

async function readIssued(
  options: ProofValues,
  context: Context,
  database: Database,
): Promise<Result<Proof, Outcome>> {
  if (options.jwks !== undefined) return err(jwksAlone)
  const set = options.ca ?? ''
  const stored = await readStoredSet(database, set)
  if (stored === null) return err(unknownSet(set))
  // The partner's certificate first, then the CAs between it and an anchor.
  const read =
    options.certificate === undefined
      ? ok([])
      : await readAllCertificates(context.cwd, [options.certificate, ...options.intermediate])
  if (!read.ok) return read
  const misplaced = await checkFirst(read.value, stored)
  if (misplaced !== null) return err(misplaced)
  const [leaf, ...intermediates] = read.value.map(({ certificate }) => certificate)
  const subject = chooseSubject(options, leaf ?? null)
  if (!subject.ok) return subject
  const [attribute, value] = subject.value
  const metadata = { trust_anchor_set: set, [attribute]: value }
  if (leaf === undefined) return ok({ metadata, notes: nameOrderNote(attribute, value) })
  const path = { leaf: leaf.der, intermediates: intermediates.map(({ der }) => der) }
  const refusal = await refusalBySet(stored, path, context.now)
  if (refusal === null) return ok({ metadata, notes: [] })
  const problem = `set ${set} does not vouch for this certificate: ${refusal.reason}`
  if (options.unverified) return ok({ metadata, notes: [`unverified: ${problem}`] })
  const missingCa = [
    `\`certbound ca list ${set}\` shows the CAs of the set; \`ca add ${set} FILE\` adds a CA`,
    'a CA in between that the partner sends with its handshake: --intermediate FILE',
    `one that it does not send, or that your TLS terminator leaves out: \`ca add-intermediate ${set} FILE\``,
  ]
  return err(refused(problem, ...refusalHints(refusal, missingCa), registerAnyway))
}

/** Without a certificate nothing shows that a name is written in the reverse order. */
function nameOrderNote(attribute: SubjectAttribute, value: string): string[] {
  const reversed = attribute === 'tls_client_auth_subject_dn' ? reversedName(value) : null
  return reversed === null
    ? []
    : [`warning: RFC 4514 writes the most specific part first; did you mean ${reversed}?`]
}

/** Refuses a file that does not begin with the partner's own certificate. */
async function checkFirst(
  read: readonly ReadCertificate[],
  set: StoredSet,
): Promise<Outcome | null> {
  const [first, ...rest] = read
  const role = first === undefined ? null : await caRole(first.certificate, set)
  if (first === undefined || role === null) return null
  const { file, certificate } = first
  return refused(
    `${file}: the first certificate is ${role === 'anchor' ? 'an anchor of the set' : 'a CA'}, ${certificate.subject}`,
    await whereItIs(file, rest, set),
    'a partner whose certificate really is marked as a CA: --subject-dn without --certificate',
  )
}

/** Where the partner's own certificate seems to be. */
async function whereItIs(
  file: string,
  rest: readonly ReadCertificate[],
  set: StoredSet,
): Promise<string> {
  for (const [index, { file: other, certificate }] of rest.entries()) {
    if (other !== file || (await caRole(certificate, set)) !== null) continue
    const which = index === 0 ? 'second' : `number ${index + 2}`
    return `the partner's seems to be the ${which}, ${certificate.subject || '(no subject)'}: put it first`
  }
  return "give the partner's own certificate; CAs go into the set (`ca add`)"
}

type Chosen = Result<readonly [attribute: SubjectAttribute, value: string], Outcome>

/**
 * The subject that the options choose: given as a value, or taken from the certificate.
 * @param certificate the partner's, or null if none is given
 */
function chooseSubject(options: ProofValues, certificate: Certificate | null): Chosen {
  const [given, second] = subjectOptions.filter(isGiven(options))
  if (second !== undefined) return err(usage('exactly one of --subject-dn and the --san- options'))
  if (given !== undefined) {
    if (options.by !== undefined) return err(usage(`--by and --${given} exclude each other`))
    const value = options[given] ?? ''
    return certificate === null || hasSubject(certificate, attributes[given], value)
      ? ok([attributes[given], value])
      : err(notInCertificate(certificate, given, value))
  }
  if (certificate === null) {
    return err(usage('a --certificate, a --subject-dn or one of the --san- options is needed'))
  }
  const by = subjectOptions.find((name) => name === (options.by ?? 'subject-dn'))
  return by === undefined
    ? err(usage(`--by wants one of ${subjectOptions.join(', ')}`))
    : takeSubject(certificate, by)
}

function takeSubject(certificate: Certificate, by: SubjectOption): Chosen {
  const attribute = attributes[by]
  const choices = registrableValues(certificate, attribute)
  const [value, second] = choices
  if (value === undefined) {
    const values = subjectValues(certificate, attribute)
    const problems = values.map((one) => subjectValueProblem(attribute, one) ?? '')
    const others = subjectOptions.flatMap((other) => {
      const found = other === by ? [] : registrableValues(certificate, attributes[other])
      return found.length === 0 ? [] : [`it has ${found.join(', ')}: --by ${other}`]
    })
    return err(refused(values.length === 0 ? `the certificate has no ${by}` : problems, ...others))
  }
  if (second === undefined) return ok([attribute, value])
  return err(
    refused(
      `the certificate has ${choices.length} of ${by}: a client has exactly one`,
      `choose: ${choices.map((one) => `--${by} ${one}`).join(' or ')}`,
    ),
  )
}

function notInCertificate(certificate: Certificate, option: SubjectOption, value: string): Outcome {
  const reversed = option === 'subject-dn' ? reversedName(value) : null
  return refused(
    `the certificate does not have ${option} ${value}`,
    ...(reversed === null ? [] : [`RFC 4514 writes the most specific part first: ${reversed}?`]),
    ...subjectValues(certificate, attributes[option]).map((one) => `it has ${one}`),
    'leave --certificate out to register what another certificate will have',
  )
}
