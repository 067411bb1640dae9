import { err, ok, type Result } from '../encoding/result.ts'
import { type AuditedBy, audited } from '../storage/audit-row.ts'
import { type Database, type Statement, statement } from '../storage/database.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { defaultSettings, planSettings, type SetSettings, type SettingsChange } from './settings.ts'
import { type Member, readStoredSet, type StoredSet } from './stored-set.ts'

/** Every verification of a client reads its anchors: more would make it slow. */
export const maxAnchors = 64

/** A CA has two or three intermediates below its root. */
export const maxIntermediates = 16

/** Of all intermediates of a set, in DER: to read them costs about 0.2 ms a kilobyte. */
export const maxIntermediateOctets = 32_768

/** Why a set is not changed. */
export type SetRefusal =
  | { readonly why: 'unknown_set' | 'too_many_anchors' | 'too_many_crl_sources' }
  | { readonly why: 'too_many_intermediates' }
  /** A self-signed certificate leads to no other one: it can only be an anchor. */
  | { readonly why: 'self_signed'; readonly ca: CaCertificate }
  /** Someone else changed the set after it was read. */
  | { readonly why: 'changed_meanwhile' }

const MAKE_SET = `
  INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, ?2)
  ON CONFLICT (name) DO UPDATE SET version = version + 1`

const INSERT_ANCHOR = `
  INSERT INTO trust_anchors (set_name, sha256, certificate, subject, not_after, added_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (set_name, sha256) DO NOTHING`

// The limits hold for concurrent additions too.
const INSERT_INTERMEDIATE = `
  INSERT INTO trust_set_intermediates (set_name, sha256, certificate, subject, not_after, added_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6
  WHERE (SELECT count(*) FROM trust_set_intermediates WHERE set_name = ?1) < ${maxIntermediates}
    AND (SELECT total(length(certificate)) FROM trust_set_intermediates WHERE set_name = ?1)
      + length(?3) <= ${maxIntermediateOctets}
  ON CONFLICT (set_name, sha256) DO NOTHING RETURNING sha256`

// Directly behind an audit row: if the row was written, the set has changed.
const RAISE_VERSION = `
  UPDATE trust_anchor_sets SET version = version + 1
  WHERE name = ?1 AND changes() > 0 RETURNING version`

// A set that clients use keeps at least one anchor: without one, every client would be refused.
const REMOVE_ANCHOR = `
  DELETE FROM trust_anchors WHERE set_name = ?1 AND sha256 = ?2
    AND (EXISTS (SELECT 1 FROM trust_anchors WHERE set_name = ?1 AND sha256 <> ?2)
      OR NOT EXISTS (SELECT 1 FROM clients WHERE trust_anchor_set = ?1))`

const REMOVE_INTERMEDIATE =
  'DELETE FROM trust_set_intermediates WHERE set_name = ?1 AND sha256 = ?2'

// ON DELETE RESTRICT would refuse it too, but only after a scan of all clients.
const REMOVE_SET = `
  DELETE FROM trust_anchor_sets WHERE name = ?1
    AND NOT EXISTS (SELECT 1 FROM clients WHERE trust_anchor_set = ?1) RETURNING name`

const insert = (sql: string, set: string, { certificate, sha256 }: CaCertificate, at: number) =>
  statement(sql, set, sha256, certificate.der, certificate.subject, certificate.notAfter, at)

/** A member in audit rows. */
const memberState = (
  sha256: string,
  { subject, notAfter }: Pick<Member, 'subject' | 'notAfter'>,
) => ({ sha256, subject, not_after: notAfter })

const auditAdded = (what: string, set: string, ca: CaCertificate, by: AuditedBy): Statement => {
  const after = memberState(ca.sha256, ca.certificate)
  return audited({ ...by, what, subject: set, before: null, after })
}

/** What an addition did. */
export type Added = {
  /** The set as it was before; null if the addition made it. */
  readonly before: StoredSet | null
  /** The certificates that the set did not have. */
  readonly fresh: readonly CaCertificate[]
}

/** Adds anchors to a set, which is made if it does not exist, and changes its settings. */
export async function addAnchors(
  database: Database,
  set: string,
  cas: readonly CaCertificate[],
  change: SettingsChange,
  by: AuditedBy,
): Promise<Result<Added, SetRefusal>> {
  const before = await readStoredSet(database, set)
  const present = new Set(before?.anchors.map(({ sha256 }) => sha256))
  const fresh = cas.filter(({ sha256 }) => !present.has(sha256))
  if (present.size + fresh.length > maxAnchors) return err({ why: 'too_many_anchors' })
  const settings = planSettings(set, before?.settings ?? defaultSettings, change, by)
  if (!settings.ok) return settings
  const members = fresh.flatMap((ca) => [
    insert(INSERT_ANCHOR, set, ca, by.at),
    auditAdded('ca.add', set, ca, by),
  ])
  const statements = fresh.length === 0 ? [] : [statement(MAKE_SET, set, by.at), ...members]
  const { changes, statements: changeStatements } = settings.value
  const all = [...statements, ...changeStatements]
  const answers = all.length === 0 ? [] : await database.batch(all)
  const isChanged = !changes || answers[statements.length]?.length === 1
  return isChanged ? ok({ before, fresh }) : err({ why: 'changed_meanwhile' })
}

/** Adds intermediates to a set. */
export async function addIntermediates(
  database: Database,
  set: string,
  cas: readonly CaCertificate[],
  by: AuditedBy,
): Promise<Result<Added & { readonly before: StoredSet }, SetRefusal>> {
  const before = await readStoredSet(database, set)
  if (before === null) return err({ why: 'unknown_set' })
  const { anchors, intermediates } = before
  const present = new Set([...anchors, ...intermediates].map(({ sha256 }) => sha256))
  const fresh = cas.filter(({ sha256 }) => !present.has(sha256))
  const root = fresh.find(({ selfSigned }) => selfSigned)
  if (root !== undefined) return err({ why: 'self_signed', ca: root })
  const ders = [...intermediates, ...fresh.map(({ certificate }) => certificate)]
  const octets = ders.reduce((sum, { der }) => sum + der.length, 0)
  if (ders.length > maxIntermediates || octets > maxIntermediateOctets) {
    return err({ why: 'too_many_intermediates' })
  }
  if (fresh.length === 0) return ok({ before, fresh })
  const statements = fresh.flatMap((ca) => [
    insert(INSERT_INTERMEDIATE, set, ca, by.at),
    auditAdded('ca.add-intermediate', set, ca, by),
    statement(RAISE_VERSION, set),
  ])
  const inserted = (await database.batch(statements)).flat().map(({ sha256 }) => sha256)
  return fresh.every(({ sha256 }) => inserted.includes(sha256))
    ? ok({ before, fresh })
    : err({ why: 'changed_meanwhile' })
}

/** Changes the settings of a set. @returns the settings after the change */
export async function changeSettings(
  database: Database,
  set: string,
  change: SettingsChange,
  by: AuditedBy,
): Promise<Result<SetSettings, SetRefusal>> {
  const before = await readStoredSet(database, set)
  if (before === null) return err({ why: 'unknown_set' })
  const planned = planSettings(set, before.settings, change, by)
  if (!planned.ok) return planned
  const { after, changes, statements } = planned.value
  const [changed] = statements.length === 0 ? [] : await database.batch(statements)
  return !changes || changed?.length === 1 ? ok(after) : err({ why: 'changed_meanwhile' })
}

/** Removes a member of a set. @returns false if clients need it, or if it is gone already */
export async function removeMember(
  database: Database,
  set: StoredSet,
  member: Member,
  by: AuditedBy,
): Promise<boolean> {
  const isAnchor = set.anchors.includes(member)
  const what = isAnchor ? 'ca.remove' : 'ca.remove-intermediate'
  const before = memberState(member.sha256, member)
  const [, , raised] = await database.batch([
    statement(isAnchor ? REMOVE_ANCHOR : REMOVE_INTERMEDIATE, set.name, member.sha256),
    audited({ ...by, what, subject: set.name, before, after: null }),
    statement(RAISE_VERSION, set.name),
  ])
  return raised?.length === 1
}

/** Removes a set with its members. @returns false if clients use it, or if it is gone already */
export async function removeSet(
  database: Database,
  { name, anchors }: StoredSet,
  by: AuditedBy,
): Promise<boolean> {
  const before = { anchors: anchors.map(({ sha256, subject }) => ({ sha256, subject })) }
  const [removed] = await database.batch([
    statement(REMOVE_SET, name),
    audited({ ...by, what: 'ca.remove', subject: name, before, after: null }),
  ])
  return removed?.length === 1
}
