import { generateKey } from './generate-key.ts'
import { type HeldKeyEncryptionKeys, keyEncryptionKeyOf } from './key-encryption-key.ts'
import type { KeyFinding } from './key-events.ts'
import { isPublished, keyStates } from './key-states.ts'
import type { KeyIntent, RewrappedRow } from './key-store.ts'
import { datesOf } from './keyring.ts'
import type { Looker } from './load-keys.ts'
import type { Sorted, UsableKey } from './usable-keys.ts'
import { unwrapPrivateKey, wrapPrivateKey } from './wrapping.ts'

/** A revoked key is remembered for 90 days, so that an operator can see what happened. */
const revokedKept = 90 * 86_400

/**
 * A new key is published for at least so long before it signs (unless the operator asked for less),
 * however late its intent is done: six minutes outlast five in which anyone may keep the JWK Set,
 * and what isolates remember.
 */
const leastPublishAhead = 360

/** Does what operators asked for. Each intent is done once, whoever does it. */
export async function fulfilIntents(looker: Looker, sorted: Sorted, now: number): Promise<void> {
  for (const intent of await looker.store.openIntents()) {
    if (intent.what === 'generate') await generateAsIntended(looker, intent, now)
    else await rewrapAsIntended(looker, intent, sorted, now)
  }
}

async function generateAsIntended(
  { store, issuer, held, signingAlg, report }: Looker,
  intent: KeyIntent & { what: 'generate' },
  now: number,
): Promise<void> {
  const of = { issuer, alg: signingAlg, createdAt: now, activateAt: activationOf(intent, now) }
  const row = await generateKey(of, held.current)
  if (await store.addAsIntended(row, intent.id, now)) {
    const { kid, alg, activateAt } = row
    report({ code: 'key_generated', kid, alg, activate_at: activateAt, intent: intent.id })
  }
}

const activationOf = (
  { activateAt, requestedAt }: { activateAt: number; requestedAt: number },
  now: number,
): number => {
  const asked = Math.max(0, activateAt - requestedAt)
  return Math.max(activateAt, now + Math.min(asked, leastPublishAhead))
}

async function rewrapAsIntended(
  { store, held, report }: Looker,
  intent: KeyIntent,
  { keys, findings }: Sorted,
  now: number,
): Promise<void> {
  const moving = keys.filter(({ row }) => row.keyEncryptionKey !== held.current.id)
  const rewrapped = await Promise.all(moving.map((key) => rewrapOne(key, held)))
  const rows = rewrapped.filter((row) => row !== null)
  const left = findings.filter(isLeftBehind).length + moving.length - rows.length
  const outcome = await store.rewrap(rows, left, intent.id, now)
  if (outcome !== null) report({ code: 'keys_rewrapped', intent: intent.id, outcome })
}

async function rewrapOne(
  { row }: UsableKey,
  held: HeldKeyEncryptionKeys,
): Promise<RewrappedRow | null> {
  const from = keyEncryptionKeyOf(row.keyEncryptionKey, held)
  const privateKey = from === null ? null : await unwrapPrivateKey(row, from, 'rewrap')
  if (privateKey === null) return null
  return { row: await wrapPrivateKey(row, privateKey, held.current), from: row.keyEncryptionKey }
}

const isLeftBehind = ({ code }: KeyFinding): boolean =>
  code === 'key_row_not_authentic' || code === 'key_encryption_key_unknown'

/**
 * Deletes keys that are over: retired ones that are no longer published, and those revoked long ago.
 * @param staleness as for `keyringAt`
 */
export async function pruneKeys(
  { store, report }: Looker,
  keys: readonly UsableKey[],
  { now, staleness }: { now: number; staleness: number },
): Promise<void> {
  const over = keyStates(keys.map(datesOf), now, staleness)
    .filter(({ state }) => !isPublished(state, now))
    .map(({ key }) => key.kid)
  const kids = await store.prune(over, now - revokedKept, now)
  if (kids.length > 0) report({ code: 'keys_pruned', kids })
}
