import { isTrustAnchorSetName } from '../../clients/registration.ts'
import { type AuditEntry, audited } from '../../storage/audit-row.ts'
import { type Statement, statement } from '../../storage/database.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { isSelfSigned } from '../cert/kind.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import { done, failedCheck, type Outcome, refused, usage } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import { type Anchor, anchorsIn, intermediatesIn, maxAnchors } from './anchor-records.ts'
import { type GivenCa, readCas } from './given-cas.ts'
import {
  listOptions,
  loadLists,
  type Refreshed,
  readGivenLists,
  refreshedRows,
  refusedWords,
} from './load-lists.ts'
import { applySettings, readSettings, settingOptions } from './settings.ts'

const MAKE_SET = `
  INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, ?2)
  ON CONFLICT (name) DO UPDATE SET version = version + 1`

const INSERT = `
  INSERT INTO trust_anchors (set_name, sha256, certificate, subject, not_after, added_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (set_name, sha256) DO NOTHING`

/** `ca add`. */
export const caAdd = command({
  name: 'ca add',
  summary: 'let a CA vouch for partners, in a named set',
  operands: 'SET FILE...',
  about: [
    'A set belongs to the clients that are registered under it (`client add --ca SET`): one partner’s',
    'CA never speaks for another partner. Root or intermediate; the set is made where there is none.',
    'What stands in a set is trusted: a CA that only helps to find the way is for `ca add-intermediate`.',
  ],
  arity: [2, 100],
  options: { ...settingOptions, ...listOptions, ...jsonOption, ...changeOptions },
  examples: [
    'certbound ca add acme-ca acme-root.pem',
    'certbound ca add banks root-1.pem root-2.pem',
    'certbound ca add acme-ca acme-root.pem --revocation require --crl root.crl',
  ],
  async run({ operands: [set = '', ...files], options }, context) {
    if (!isTrustAnchorSetName(set)) {
      return usage(`"${set}" cannot name a set: want 1 to 64 of A-Z a-z 0-9 . _ -`)
    }
    const wanted = readSettings(options)
    if (!wanted.ok) return wanted.error
    const given = await readCas(context.cwd, files, set)
    if (!given.ok) return given.error
    const lists = await readGivenLists(context.cwd, options)
    if (!lists.ok) return lists.error
    const database = await context.open(options)
    const present = await anchorsIn(database, set)
    const fresh = given.value.filter((one) => !present.some(({ sha256 }) => sha256 === one.sha256))
    const promoted = await promotions(fresh, await intermediatesIn(database, set))
    if (present.length + fresh.length > maxAnchors) {
      return refused(
        `a set holds at most ${maxAnchors} certificates`,
        'use another set, or `ca remove`',
      )
    }
    const by = { who: options.as ?? context.user, now: context.now }
    if (fresh.length > 0) await database.batch(insert(set, fresh, by.who, by.now))
    const settings = await applySettings(database, set, wanted.value, by)
    if (!settings.ok) return settings.error
    const how = { now: context.now, remote: options.remote }
    const loaded = await loadLists(database, set, lists.value, how)
    const known = { set, fresh, given: given.value, present, promoted }
    return added(known, loaded, context.now)
  },
})

function insert(set: string, fresh: readonly GivenCa[], who: string, now: number): Statement[] {
  const entry = (sha256: string, subject: string, notAfter: number): AuditEntry => ({
    at: now,
    who,
    what: 'ca.add',
    subject: set,
    before: null,
    after: { sha256, subject, not_after: notAfter },
  })
  return [
    statement(MAKE_SET, set, now),
    ...fresh.flatMap(({ certificate, sha256 }) => [
      statement(
        INSERT,
        set,
        sha256,
        certificate.der,
        certificate.subject,
        certificate.notAfter,
        now,
      ),
      audited(entry(sha256, certificate.subject, certificate.notAfter)),
    ]),
  ]
}

/** Words for those that are trusted from now on where they were only on the way, or may be meant so. */
async function promotions(fresh: readonly GivenCa[], kept: readonly Anchor[]): Promise<string[]> {
  const words: string[] = []
  for (const { certificate, sha256 } of fresh) {
    const { subject, issuer } = certificate
    if (kept.some((one) => one.sha256 === sha256)) {
      words.push(`was an intermediate of the set, and is now trusted by itself: ${subject}`)
    } else if (!(await isSelfSigned(certificate))) {
      words.push(
        `is no root, and now trusted by itself: ${subject}, of ${issuer}; only to find the way: \`ca add-intermediate\``,
      )
    }
  }
  return words
}

type Added = {
  readonly set: string
  readonly fresh: readonly GivenCa[]
  readonly given: readonly GivenCa[]
  readonly present: readonly Anchor[]
  readonly promoted: readonly string[]
}

function added(
  { set, fresh, given, present, promoted }: Added,
  loaded: readonly Refreshed[],
  now: number,
): Outcome {
  const known = new Set(fresh.map((one) => one.sha256))
  const rows = given.map(({ certificate, sha256 }) => [
    known.has(sha256) ? 'added' : 'there already',
    sha256,
    formatTime(certificate.notAfter),
    certificate.subject,
  ])
  const dated = fresh.filter(
    ({ certificate }) => now < certificate.notBefore || now > certificate.notAfter,
  )
  const refusals = refusedWords(loaded)
  const finish = refusals.length === 0 ? done : failedCheck
  return finish(
    [...columns(rows), ...columns(refreshedRows(loaded))],
    {
      set,
      added: fresh.map((one) => one.sha256),
      anchors: [...present.map((anchor) => anchor.sha256), ...known],
      crls: loaded,
    },
    [
      ...refusals,
      ...promoted,
      ...dated.map(
        ({ certificate }) =>
          `not used outside of its dates: ${certificate.subject} (${describeLife(certificate, now)})`,
      ),
      `${set} trusts ${count(present.length + fresh.length, 'CA')}`,
      ...(present.length === 0 && fresh.length > 0
        ? [`next: certbound client add NAME --certificate partner.pem --ca ${set} ...`]
        : []),
    ],
  )
}
