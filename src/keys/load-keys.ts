import type { SigningAlg } from '../oauth/signing-algs.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { generateKey } from './generate-key.ts'
import type { KeyEvent, KeyFinding, ReportKeyEvent } from './key-events.ts'
import type { KeyStore } from './key-store.ts'
import { type Authority, type Sorted, sortRows, type UsableKey } from './usable-keys.ts'

/** What a look at the store needs. */
export type Looker = Authority & {
  readonly store: KeyStore
  /** The algorithm of keys yet to be made. */
  readonly signingAlg: SigningAlg
  readonly report: ReportKeyEvent
}

/** What was seen, and the key that had to be made, if this Worker made it. */
export type Seen = Sorted & { readonly made: KeyEvent | null }

/** A row that comes up between reading and writing is seen at the next reading; then it is a fault. */
const attempts = 3

/**
 * Reads the keys, and makes one that signs at once where there is none to use. Workers that race do
 * so by a conditional write: one key is made, and all use it.
 * @param known keys that opened before
 * @param now seconds since the epoch
 * @throws StoreUnavailable, SchemaMismatch
 */
export async function look(
  looker: Looker,
  known: readonly UsableKey[],
  now: number,
): Promise<Seen> {
  let made: KeyEvent | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    const sorted = await sortRows(await looker.store.read(), looker, known)
    if (sorted.keys.length > 0) return { ...sorted, made }
    made = await makeFirstKey(looker, sorted.findings, now)
  }
  throw new StoreUnavailable('D1 does not keep a usable signing key')
}

async function makeFirstKey(
  { store, issuer, held, signingAlg }: Looker,
  findings: readonly KeyFinding[],
  now: number,
): Promise<KeyEvent | null> {
  const of = { issuer, alg: signingAlg, createdAt: now, activateAt: now }
  const row = await generateKey(of, held.current)
  const keyEncryptionKeys = [held.current.id, ...(held.previous === null ? [] : [held.previous.id])]
  const except = findings.flatMap(({ kid }) => kid ?? [])
  if (!(await store.addIfNone(row, { keyEncryptionKeys, except }))) return null
  return { code: 'key_generated', kid: row.kid, alg: row.alg, activate_at: now, intent: null }
}
