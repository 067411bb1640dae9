import { fromHex } from '../../encoding/hex.ts'
import { type Certificate, verifyCertificatePath } from '../../x509/index.ts'
import { refusalHints } from '../cert/refusal-hint.ts'
import { type Database, query, textOf } from '../database/database.ts'
import { type Outcome, refused } from '../outcome.ts'

const ANCHORS = `
  SELECT hex(a.certificate) AS certificate FROM trust_anchor_sets s
  LEFT JOIN trust_anchors a ON a.set_name = s.name WHERE s.name = ?1`

/** The certificates of a set in DER, or null where there is no such set. */
export async function anchorsOf(database: Database, set: string): Promise<Uint8Array[] | null> {
  const rows = await query(database, ANCHORS, set)
  if (rows.length === 0) return null
  return rows.flatMap((row) => {
    const der = row.certificate === '' ? null : fromHex(textOf(row, 'certificate'))
    return der === null ? [] : [der]
  })
}

/**
 * Whether a certificate would authenticate a client today, by the Worker's own path validation.
 * @returns null where it would, else the refusal to print
 */
export async function checkAgainstSet(
  set: string,
  anchors: readonly Uint8Array[],
  leaf: Certificate,
  intermediates: readonly Certificate[],
  now: number,
): Promise<Outcome | null> {
  const verdict = await verifyCertificatePath({
    leaf: leaf.der,
    intermediates: intermediates.map(({ der }) => der),
    trustAnchors: [...anchors],
    time: now,
  })
  if (verdict.ok) return null
  return refused(
    `set ${set} does not vouch for this certificate: ${verdict.reason}`,
    ...refusalHints(verdict, [
      `\`certbound ca list ${set}\` shows whom the set trusts; \`ca add ${set} FILE\` adds a CA`,
      'a CA in between that the partner sends with its handshake: --intermediate FILE',
    ]),
    '--unverified registers it all the same',
  )
}
