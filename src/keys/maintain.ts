import type { KeyIntent, RewrappedRow } from './d1-key-store.ts'
import type { KeyEncryptionKeys } from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import { isPublished, keyStates } from './key-states.ts'
import type { KeyLoader, SortedKeys, UsableKey } from './load-keys.ts'
import { generateKey, unwrapPrivateKey, wrapPrivateKey } from './wrapping.ts'

/** How long the row of a revoked key is kept for the operator (seconds): 90 days. */
const revokedRetention = 90 * 86_400

/**
 * How long a new key is published before it signs (seconds), even if its intent is executed late, unless the
 * operator asked for less. APIs may cache the JWK Set for five minutes.
 */
const minPublishAhead = 360

/** Executes what operators asked for. Of Workers that run at the same time, one executes an intent. */
export async function executeIntents(
  loader: KeyLoader,
  sorted: SortedKeys,
  now: number,
): Promise<void> {
  for (const intent of await loader.store.openIntents()) {
    if (intent.what === 'generate') await executeGenerate(loader, intent, now)
    else await executeRewrap(loader, intent, sorted, now)
  }
}

async function executeGenerate(
  { store, issuer, keyEncryptionKeys, signingAlg, report }: KeyLoader,
  intent: KeyIntent & { what: 'generate' },
  now: number,
): Promise<void> {
  const requestedAhead = Math.max(0, intent.activateAt - intent.requestedAt)
  const earliest = now + Math.min(requestedAhead, minPublishAhead)
  const activateAt = Math.max(intent.activateAt, earliest)
  const details = { issuer, alg: signingAlg, createdAt: now, activateAt }
  const row = await generateKey(details, keyEncryptionKeys[0])
  if (await store.addAsIntended(row, intent.id, now)) {
    const { kid, alg } = row
    report({ code: 'key_generated', kid, alg, activate_at: activateAt, intent: intent.id })
  }
}

async function executeRewrap(
  { store, keyEncryptionKeys, report }: KeyLoader,
  intent: KeyIntent,
  { keys, findings }: SortedKeys,
  now: number,
): Promise<void> {
  const [current] = keyEncryptionKeys
  const outdated = keys.filter(({ keyEncryptionKey }) => keyEncryptionKey !== current.id)
  const rewrapped = await Promise.all(outdated.map((key) => rewrapOne(key, keyEncryptionKeys)))
  const rows = rewrapped.filter((row) => row !== null)
  const left = findings.filter(cannotBeUnwrapped).length + outdated.length - rows.length
  const outcome = await store.rewrap(rows, left, intent.id, now)
  if (outcome !== null) report({ code: 'keys_rewrapped', intent: intent.id, outcome })
}

async function rewrapOne(
  usable: UsableKey,
  keyEncryptionKeys: KeyEncryptionKeys,
): Promise<RewrappedRow | null> {
  const from = keyEncryptionKeys.find(({ id }) => id === usable.keyEncryptionKey)
  const privateKey = from === undefined ? null : await unwrapPrivateKey(usable, from, 'rewrap')
  if (privateKey === null) return null
  const row = await wrapPrivateKey(usable, privateKey, keyEncryptionKeys[0])
  return { row, from: usable.keyEncryptionKey }
}

const cannotBeUnwrapped = ({ code }: KeyFinding): boolean =>
  code === 'key_row_not_authentic' || code === 'key_encryption_key_unknown'

/**
 * Deletes keys that are no longer published, and rows of keys that were revoked long ago.
 * @param staleness as for `keyringAt`
 */
export async function pruneKeys(
  { store, report }: KeyLoader,
  keys: readonly UsableKey[],
  { now, staleness }: { now: number; staleness: number },
): Promise<void> {
  const unpublished = keyStates(keys, now, staleness)
    .filter(({ state }) => !isPublished(state, now))
    .map(({ key }) => key.kid)
  const kids = await store.prune(unpublished, now - revokedRetention, now)
  if (kids.length > 0) report({ code: 'keys_pruned', kids })
}
