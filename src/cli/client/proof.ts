import { jwkOfCertificate } from '../../clients/registered-key.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import type { Database } from '../../storage/database.ts'
import { readStoredSet } from '../../trust-anchors/stored-set.ts'
import { thumbprint } from '../../x509/index.ts'
import {
  type ReadCertificate,
  readAllCertificates,
  readCertificates,
  readOctets,
} from '../cert/read-certificates.ts'
import type { Options, OptionValues } from '../command.ts'
import type { Context } from '../context.ts'
import { type Outcome, refused, usage } from '../outcome.ts'
import { contradictingKey } from './contradicting-key.ts'
import { meantName } from './name-order.ts'
import { checkIsPartners } from './partner-certificate.ts'
import { checkSelfSigned } from './self-signed.ts'
import {
  type ChosenSubject,
  chooseSubject,
  givenSubjectOptions,
  subjectOptions,
} from './subject-option.ts'
import { checkAgainstSet } from './trust-anchors.ts'

/** Options that say how a client proves itself. */
export const proofOptions = {
  certificate: { type: 'string', value: 'FILE', help: "the partner's certificate, PEM or DER" },
  ca: { type: 'string', value: 'SET', help: 'the anchor set that vouches for it (`ca add`)' },
  intermediate: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a CA between the certificate and the set, for the check',
  },
  ...subjectOptions,
  jwks: { type: 'string', value: 'FILE', help: 'a JWK Set instead of a certificate' },
  unverified: { type: 'boolean', help: 'register a certificate that would be refused today' },
} as const satisfies Options

type ProofValues = OptionValues<typeof proofOptions>

/** The part of the client metadata that says how it proves itself, and words about it. */
export type Proof = {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/** Reads the options, the files they name and the anchor set, and checks the certificate. */
export async function readProof(
  options: ProofValues,
  database: Database,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  if (options.jwks !== undefined) return readJwks(options, options.jwks, context)
  if (options.ca !== undefined) return readIssued(options, options.ca, database, context)
  const subject = givenSubjectOptions(options)[0]
  if (subject !== undefined) return err(usage(`--${subject} goes with --ca SET`))
  if (options.certificate === undefined) {
    return err(usage('client add needs a --certificate, or --ca and a subject, or --jwks'))
  }
  return readSelfSigned(options, options.certificate, context)
}

async function readJwks(
  options: ProofValues,
  file: string,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  if (options.certificate ?? options.ca ?? givenSubjectOptions(options)[0]) {
    return err(usage('--jwks stands alone: without --certificate, --ca and a subject'))
  }
  const octets = await readOctets(context.cwd, file)
  if (!octets.ok) return octets
  try {
    // Editors of Windows put a byte order mark first, which is no JSON.
    const text = (fromUtf8(octets.value) ?? '').replace(/^\ufeff/, '')
    const jwks: unknown = JSON.parse(text)
    const contradicting = await contradictingKey(jwks)
    if (contradicting !== null) {
      const entry = `${file}: jwks.keys[${contradicting}]`
      return err(
        refused(`${entry}: x5t#S256 is of another certificate than x5c`, 'leave x5t#S256 out'),
      )
    }
    return ok({
      metadata: { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks },
      notes: [],
    })
  } catch {
    return err(refused(`${file}: not JSON`, 'want a JWK Set, {"keys": [...]} (RFC 7517 section 5)'))
  }
}

async function readIssued(
  options: ProofValues,
  set: string,
  database: Database,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  const stored = await readStoredSet(database, set)
  if (stored === null) {
    return err(
      refused(`there is no anchor set ${set}`, `\`certbound ca add ${set} FILE\` makes it`),
    )
  }
  const given = await readGiven(options, context)
  if (!given.ok) return given
  const notPartners = await checkIsPartners(given.value, stored)
  if (notPartners !== null) return err(notPartners)
  const [leaf, ...intermediates] = given.value.map((one) => one.certificate)
  const subject = chooseSubject(options, leaf ?? null)
  if (!subject.ok) return subject
  const notes: string[] = []
  if (leaf === undefined) notes.push(...nameOrderNote(subject.value))
  if (leaf !== undefined) {
    const refusal = await checkAgainstSet(stored, leaf, intermediates, context.now)
    if (refusal !== null && !options.unverified) return err(refusal)
    if (refusal?.kind === 'refused')
      notes.push(...refusal.problems.map((one) => `unverified: ${one}`))
  }
  return ok({
    metadata: {
      token_endpoint_auth_method: 'tls_client_auth',
      trust_anchor_set: set,
      [subject.value.attribute]: subject.value.value,
    },
    notes,
  })
}

/** Without a certificate nothing shows that a name is written the other way round. */
function nameOrderNote({ attribute, value }: ChosenSubject): string[] {
  const meant = attribute === 'tls_client_auth_subject_dn' ? meantName(value) : null
  return meant === null
    ? []
    : [`warning: RFC 4514 writes the most specific part first; did you mean ${meant}?`]
}

/** The partner's certificate, then everything that may stand between it and an anchor. */
async function readGiven(
  options: ProofValues,
  context: Context,
): Promise<Result<readonly ReadCertificate[], Outcome>> {
  if (options.certificate === undefined) return ok([])
  return readAllCertificates(context.cwd, [options.certificate, ...options.intermediate])
}

async function readSelfSigned(
  options: ProofValues,
  file: string,
  context: Context,
): Promise<Result<Proof, Outcome>> {
  if (options.intermediate.length > 0) return err(usage('--intermediate goes with --ca SET'))
  const read = await readCertificates(context.cwd, file)
  if (!read.ok) return read
  const key = await selfSignedKey(read.value, context.now, options.unverified)
  if (!key.ok) return key
  return ok({
    metadata: {
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [key.value.jwk] },
    },
    notes: key.value.notes,
  })
}

/**
 * The JWK of a partner's self-signed certificate.
 * @param unverified whether one that is not valid now is taken all the same
 */
export async function selfSignedKey(
  read: readonly [ReadCertificate, ...ReadCertificate[]],
  now: number,
  unverified: boolean,
): Promise<Result<{ jwk: Record<string, unknown>; notes: readonly string[] }, Outcome>> {
  const [{ certificate }, second] = read
  if (second !== undefined) {
    return err(
      refused(
        `${second.file} holds ${read.length} certificates, as a CA-issued certificate has`,
        'with --ca SET its issuer is what is trusted; a self-signed one stands alone',
      ),
    )
  }
  const checked = await checkSelfSigned(certificate, now, unverified)
  if (!checked.ok) return checked
  const { key, notes } = checked.value
  const jwk = jwkOfCertificate(certificate.der, key, await thumbprint(certificate.der))
  return ok({ jwk, notes })
}
