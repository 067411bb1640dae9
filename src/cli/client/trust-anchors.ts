import { refusalBySet, type StoredSet } from '../../trust-anchors/stored-set.ts'
import type { Certificate } from '../../x509/index.ts'
import { refusalHints } from '../cert/refusal-hint.ts'
import { type Outcome, refused } from '../outcome.ts'

/**
 * Whether a certificate would authenticate a client today, by the Worker's own path validation.
 * @returns null where it would, else the refusal to print
 */
export async function checkAgainstSet(
  set: StoredSet,
  leaf: Certificate,
  intermediates: readonly Certificate[],
  now: number,
): Promise<Outcome | null> {
  const path = { leaf: leaf.der, intermediates: intermediates.map(({ der }) => der) }
  const refusal = await refusalBySet(set, path, now)
  if (refusal === null) return null
  return refused(
    `set ${set.name} does not vouch for this certificate: ${refusal.reason}`,
    ...refusalHints(refusal, [
      `\`certbound ca list ${set.name}\` shows whom the set trusts; \`ca add ${set.name} FILE\` adds a CA`,
      'a CA in between that the partner sends with its handshake: --intermediate FILE',
      `one that it does not send, or that your TLS terminator leaves out: \`ca add-intermediate ${set.name} FILE\``,
    ]),
    '--unverified registers it all the same',
  )
}
