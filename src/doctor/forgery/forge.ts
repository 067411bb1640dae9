import { fewAtATime, tokenForm, verdictOf } from '../asking.ts'
import { type Examination, needsPartner, type Partner } from '../examination.ts'
import { bad, type Finding, type FindingId, good, skipped } from '../findings/findings.ts'
import type { Exchanged, HeaderLine, Sending } from '../wire/wire.ts'
import { configuredForgeries, type Forgery, knownForgeries, volleys } from './batches.ts'

/** One way to bring forged headers to the Worker. */
export type Vector = {
  /** For the evidence: `SNI of the ordinary host`. */
  readonly label: string
  readonly sending: Sending
  /** Writes the lines otherwise. Also asked with none at all. */
  readonly respell?: (lines: readonly HeaderLine[]) => readonly HeaderLine[]
  /** Writes them as lines that are none. */
  readonly raw?: (lines: readonly HeaderLine[]) => readonly string[]
  /** Default: it is believed if a token comes. */
  readonly believed?: (exchanged: Exchanged) => boolean
}

/** The configured header where its name was told, and else all that are known. */
const likely = ({ claimed }: Partner, headerName: string | null): Forgery[] =>
  headerName === null ? knownForgeries(claimed) : configuredForgeries(claimed, headerName)

/** All of them, whatever was told. */
export const everyForgery =
  (headerName: string | null) =>
  ({ claimed }: Partner): Forgery[] => [
    ...(headerName === null ? [] : configuredForgeries(claimed, headerName)),
    ...knownForgeries(claimed),
  ]

type Tried = {
  readonly requests: number
  readonly culprits: readonly string[]
  readonly untold: number
  readonly closed: number
}

/**
 * Sends forged headers in the partner's name without its key, by every vector. A token tells that
 * one was believed; nothing else does.
 * @param chosen other forgeries than the likely ones
 */
export async function forge(
  examination: Examination,
  id: FindingId,
  vectors: (partner: Partner) => readonly Vector[],
  chosen?: (partner: Partner) => readonly Forgery[],
): Promise<Finding> {
  const { partner, headerName } = examination
  if (partner === null) return skipped(id, needsPartner)
  const ways = vectors(partner)
  if (ways.length === 0) return skipped(id, 'there is no such endpoint')
  const all = chosen?.(partner) ?? likely(partner, headerName)
  const total = { requests: 0, untold: 0, closed: 0 }
  const culprits: string[] = []
  for (const vector of ways) {
    const tried = await tryVector(examination, partner, vector, all)
    culprits.push(...tried.culprits.map((name) => `${vector.label}: ${name}`))
    total.requests += tried.requests
    total.untold += tried.untold
    total.closed += tried.closed
  }
  if (culprits.length > 0) return bad(id, `believed: ${culprits.join('; ')}`)
  if (total.untold > 0) {
    return skipped(
      id,
      `${total.untold} of ${total.requests} requests were not answered or not sent`,
    )
  }
  const where = `${total.closed} of ${ways.length} ways closed`
  return good(
    id,
    `${total.requests} requests, none believed${total.closed > 0 ? `, ${where}` : ''}`,
  )
}

async function tryVector(
  { wire }: Examination,
  partner: Partner,
  vector: Vector,
  all: readonly Forgery[],
): Promise<Tried> {
  let requests = 0
  const send = async (forged: readonly Forgery[]): Promise<Exchanged> => {
    requests++
    const lines = forged.flatMap((one) => one.lines)
    const written = vector.respell?.(lines) ?? lines
    return wire.send({
      form: tokenForm(partner),
      ...vector.sending,
      ...(vector.raw === undefined ? { headers: written } : { rawLines: vector.raw(written) }),
    })
  }
  const isBelieved = (exchanged: Exchanged) =>
    vector.believed?.(exchanged) ?? verdictOf(exchanged).kind === 'token'
  const tried = (culprits: readonly string[], untold: number, closed: 0 | 1): Tried => {
    return { requests, culprits, untold, closed }
  }
  // Where nobody gets to the Worker without a header, none gets there with one.
  const control = await send([])
  if (isBelieved(control)) return tried(['no header at all'], 0, 0)
  const { kind } = verdictOf(control)
  if (kind !== 'invalid_client') return kind === 'untold' ? tried([], 1, 0) : tried([], 0, 1)

  let untold = 0
  const attempt = async (volley: readonly Forgery[]): Promise<Forgery | null> => {
    const exchanged = await send(volley)
    const [one] = volley
    if (isBelieved(exchanged)) {
      if (volley.length === 1 && one !== undefined) return one
      return (await firstOf(volley, attempt)) ?? { label: 'several headers together', lines: [] }
    }
    const verdict = verdictOf(exchanged)
    if (verdict.kind === 'untold') untold++
    // Something refused the request for one of many headers: each gets its own.
    return verdict.kind === 'closed' && volley.length > 1 ? firstOf(volley, attempt) : null
  }
  const found = await fewAtATime(volleys(all), attempt)
  const culprits = found.flatMap((one) => (one === null ? [] : [one.label]))
  return tried(culprits, untold, 0)
}

async function firstOf(
  volley: readonly Forgery[],
  attempt: (volley: readonly Forgery[]) => Promise<Forgery | null>,
): Promise<Forgery | null> {
  for (const one of volley) {
    const found = await attempt([one])
    if (found !== null) return found
  }
  return null
}
