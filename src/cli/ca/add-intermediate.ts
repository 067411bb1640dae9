import { audited } from '../../storage/audit-row.ts'
import { type Statement, statement } from '../../storage/database.ts'
import { verifyCertificatePath } from '../../x509/index.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { isSelfSigned } from '../cert/kind.ts'
import { certificatesOf, type SetCertificates } from '../client/trust-anchors.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import {
  anchorsIn,
  intermediatesIn,
  maxIntermediateOctets,
  maxIntermediates,
} from './anchor-records.ts'
import { type GivenCa, readCas } from './given-cas.ts'
import { raiseVersion } from './raise-version.ts'

// The bounds hold whatever others add at the same time.
const INSERT = `
  INSERT INTO trust_set_intermediates (set_name, sha256, certificate, subject, not_after, added_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6
  WHERE (SELECT count(*) FROM trust_set_intermediates WHERE set_name = ?1) < ${maxIntermediates}
    AND (SELECT total(length(certificate)) FROM trust_set_intermediates WHERE set_name = ?1)
      + length(?3) <= ${maxIntermediateOctets}
  ON CONFLICT (set_name, sha256) DO NOTHING RETURNING sha256`

/** `ca add-intermediate`. */
export const caAddIntermediate = command({
  name: 'ca add-intermediate',
  summary: 'keep a CA between partners and the anchors of a set, for certificates that come alone',
  operands: 'SET FILE...',
  about: [
    'For TLS terminators that pass on the certificate without its chain, and partners that send none. An',
    'intermediate helps to find the way to an anchor of the set; by itself it vouches for nobody.',
  ],
  arity: [2, 100],
  options: { ...jsonOption, ...changeOptions },
  examples: ['certbound ca add-intermediate acme-ca acme-issuing.pem'],
  async run({ operands: [set = '', ...files], options }, context) {
    const given = await readCas(context.cwd, files, set)
    if (!given.ok) return given.error
    const database = await context.open(options)
    const certificates = await certificatesOf(database, set)
    if (certificates === null) {
      return refused(`there is no anchor set ${set}`, '`certbound ca add SET FILE` makes it')
    }
    const anchors = await anchorsIn(database, set)
    const stored = await intermediatesIn(database, set)
    const places = new Map([
      ...stored.map(({ sha256 }) => [sha256, 'there already'] as const),
      ...anchors.map(({ sha256 }) => [sha256, 'is an anchor'] as const),
    ])
    const fresh = given.value.filter((one) => !places.has(one.sha256))
    const root = await firstRoot(fresh)
    if (root !== null) return isARoot(root, set)
    const before = stored.reduce((sum, { octets }) => sum + octets, 0)
    const octets = fresh.reduce((sum, { certificate }) => sum + certificate.der.length, before)
    if (stored.length + fresh.length > maxIntermediates || octets > maxIntermediateOctets) {
      return tooMany(set)
    }
    const by = { who: options.as ?? context.user, now: context.now }
    const answers = fresh.length === 0 ? [] : await database.batch(insert(set, fresh, by))
    const added = answers.flat().flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]))
    if (fresh.some(({ sha256 }) => !added.includes(sha256))) {
      return refused(`${set} has changed meanwhile`, `\`certbound ca list ${set}\`, then try again`)
    }
    const total = stored.length + fresh.length
    return done(
      columns(given.value.map((one) => rowOf(one, places.get(one.sha256) ?? 'added'))),
      { set, added, intermediates: [...stored.map(({ sha256 }) => sha256), ...added] },
      [
        ...(await warnings(set, given.value, certificates, context.now)),
        `${set} keeps ${count(total, 'intermediate')}`,
      ],
    )
  },
})

function insert(
  set: string,
  fresh: readonly GivenCa[],
  { who, now }: { readonly who: string; readonly now: number },
): Statement[] {
  return fresh.flatMap(({ certificate, sha256 }) => {
    const { der, subject, notAfter } = certificate
    const after = { sha256, subject, not_after: notAfter }
    return [
      statement(INSERT, set, sha256, der, subject, notAfter, now),
      audited({ at: now, who, what: 'ca.add-intermediate', subject: set, before: null, after }),
      raiseVersion(set),
    ]
  })
}

const rowOf = ({ certificate, sha256 }: GivenCa, what: string): string[] => [
  what,
  sha256,
  formatTime(certificate.notAfter),
  certificate.subject,
]

async function firstRoot(given: readonly GivenCa[]): Promise<GivenCa | null> {
  for (const one of given) if (await isSelfSigned(one.certificate)) return one
  return null
}

/** It leads nowhere but to itself. */
const isARoot = ({ file, certificate }: GivenCa, set: string): Outcome =>
  refused(
    `${file}: ${certificate.subject} is self-signed, so it is between nobody and an anchor`,
    `if ${set} is to trust it: certbound ca add ${set} ${file}`,
  )

const tooMany = (set: string): Outcome =>
  refused(
    `a set keeps at most ${maxIntermediates} intermediates of ${maxIntermediateOctets} octets in all`,
    `\`certbound ca remove-intermediate ${set} FINGERPRINT\` takes one out`,
  )

/** Those that lead to no anchor today: allowed, since the next root may come after its CA. */
async function warnings(
  set: string,
  given: readonly GivenCa[],
  { anchors, intermediates }: SetCertificates,
  time: number,
): Promise<string[]> {
  const words: string[] = []
  for (const { certificate } of given) {
    const verdict = await verifyCertificatePath({
      leaf: certificate.der,
      intermediates: given.map((one) => one.certificate.der),
      knownIntermediates: intermediates,
      trustAnchors: anchors,
      time,
      extendedKeyUsage: 'any',
    })
    const life = describeLife(certificate, time)
    if (!verdict.ok) {
      words.push(
        `leads to no anchor of ${set} today: ${certificate.subject} (${verdict.reason}, ${life})`,
      )
    }
  }
  return words
}
