import { fromHex } from '../../encoding/hex.ts'
import { type Database, query, textOf } from '../../storage/database.ts'
import { type Certificate, verifyCertificatePath } from '../../x509/index.ts'
import { refusalHints } from '../cert/refusal-hint.ts'
import { type Outcome, refused } from '../outcome.ts'

const CERTIFICATES = `
  SELECT 'set' AS role, '' AS certificate FROM trust_anchor_sets WHERE name = ?1
  UNION ALL SELECT 'anchor', hex(certificate) FROM trust_anchors WHERE set_name = ?1
  UNION ALL SELECT 'intermediate', hex(certificate) FROM trust_set_intermediates WHERE set_name = ?1`

/** The certificates of a set in DER. */
export type SetCertificates = {
  readonly anchors: readonly Uint8Array[]
  readonly intermediates: readonly Uint8Array[]
}

/** The certificates of a set, or null where there is no such set. */
export async function certificatesOf(
  database: Database,
  set: string,
): Promise<SetCertificates | null> {
  const rows = await query(database, CERTIFICATES, set)
  if (rows.length === 0) return null
  const inRole = (role: string) =>
    rows.flatMap((row) => {
      const der = row.role === role ? fromHex(textOf(row, 'certificate')) : null
      return der === null ? [] : [der]
    })
  return { anchors: inRole('anchor'), intermediates: inRole('intermediate') }
}

/**
 * Whether a certificate would authenticate a client today, by the Worker's own path validation.
 * @returns null where it would, else the refusal to print
 */
export async function checkAgainstSet(
  set: string,
  certificates: SetCertificates,
  leaf: Certificate,
  intermediates: readonly Certificate[],
  now: number,
): Promise<Outcome | null> {
  const verdict = await verifyCertificatePath({
    leaf: leaf.der,
    intermediates: intermediates.map(({ der }) => der),
    knownIntermediates: certificates.intermediates,
    trustAnchors: certificates.anchors,
    time: now,
  })
  if (verdict.ok) return null
  return refused(
    `set ${set} does not vouch for this certificate: ${verdict.reason}`,
    ...refusalHints(verdict, [
      `\`certbound ca list ${set}\` shows whom the set trusts; \`ca add ${set} FILE\` adds a CA`,
      'a CA in between that the partner sends with its handshake: --intermediate FILE',
      `one that it does not send, or that your TLS terminator leaves out: \`ca add-intermediate ${set} FILE\``,
    ]),
    '--unverified registers it all the same',
  )
}
