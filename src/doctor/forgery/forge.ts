import { type Examination, needsPartner, type Partner } from '../examination.ts'
import { bad, type Finding, type FindingId, good, skipped } from '../findings.ts'
import type { HeaderLine, RequestSpec } from '../http/client.ts'
import type { Exchange } from '../http/exchange.ts'
import { tokenForm, tokenResult } from '../token-request.ts'
import { batches, configuredForgeries, type Forgery, knownForgeries } from './batches.ts'

/** One way to send forged headers to the Worker. */
export type Vector = {
  /** For the evidence: `SNI of the ordinary host`. */
  readonly label: string
  readonly request: RequestSpec
  /** Changes the header lines. Also called with no lines. */
  readonly rewrite?: (lines: readonly HeaderLine[]) => readonly HeaderLine[]
  /** Writes the lines as malformed ones. */
  readonly raw?: (lines: readonly HeaderLine[]) => readonly string[]
  /** Whether the server accepted the forgery. Default: it issued a token. */
  readonly isAccepted?: (exchange: Exchange) => boolean
}

/** The configured header if its name is known, otherwise all known headers. */
const likelyForgeries = ({ claimed }: Partner, headerName: string | null): Forgery[] =>
  headerName === null ? knownForgeries(claimed) : configuredForgeries(claimed, headerName)

/** All known headers, and the configured one. */
export const allForgeries =
  (headerName: string | null) =>
  ({ claimed }: Partner): Forgery[] => [
    ...(headerName === null ? [] : configuredForgeries(claimed, headerName)),
    ...knownForgeries(claimed),
  ]

/** The result of one vector. */
type Tried = {
  readonly requests: number
  /** The labels of the forgeries that the server accepted. */
  readonly accepted: readonly string[]
  readonly inconclusive: number
  readonly closed: number
}

/**
 * Sends forged headers in the partner's name without its key, by every vector. Only a token proves that
 * the server accepted one.
 * @param chosen the forgeries, if not the likely ones
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
  const all = chosen?.(partner) ?? likelyForgeries(partner, headerName)
  const total = { requests: 0, inconclusive: 0, closed: 0 }
  const accepted: string[] = []
  for (const vector of ways) {
    const tried = await tryVector(examination, partner, vector, all)
    accepted.push(...tried.accepted.map((name) => `${vector.label}: ${name}`))
    total.requests += tried.requests
    total.inconclusive += tried.inconclusive
    total.closed += tried.closed
  }
  const { requests, inconclusive, closed } = total
  if (accepted.length > 0) return bad(id, `accepted: ${accepted.join('; ')}`)
  if (inconclusive > 0) {
    return skipped(id, `${inconclusive} of ${requests} requests were not answered or not sent`)
  }
  const where = closed > 0 ? `, ${closed} of ${ways.length} ways closed` : ''
  return good(id, `${requests} requests, none accepted${where}`)
}

async function tryVector(
  { http }: Examination,
  partner: Partner,
  vector: Vector,
  all: readonly Forgery[],
): Promise<Tried> {
  let requests = 0
  const send = async (forgeries: readonly Forgery[]): Promise<Exchange> => {
    requests++
    const lines = forgeries.flatMap((one) => one.lines)
    const written = vector.rewrite?.(lines) ?? lines
    const headers =
      vector.raw === undefined ? { headers: written } : { rawLines: vector.raw(written) }
    return http.send({ form: tokenForm(partner), ...vector.request, ...headers })
  }
  const isAccepted = (exchange: Exchange) =>
    vector.isAccepted?.(exchange) ?? tokenResult(exchange).kind === 'token'
  // Control: if a request without forged headers does not reach the Worker, no request does.
  const control = await send([])
  const { kind } = tokenResult(control)
  if (isAccepted(control)) {
    return { requests, accepted: ['no header at all'], inconclusive: 0, closed: 0 }
  }
  if (kind !== 'invalid_client') {
    const isInconclusive = kind === 'inconclusive'
    return {
      requests,
      accepted: [],
      inconclusive: isInconclusive ? 1 : 0,
      closed: isInconclusive ? 0 : 1,
    }
  }

  let inconclusive = 0
  const attempt = async (batch: readonly Forgery[]): Promise<Forgery | null> => {
    const exchange = await send(batch)
    const [first] = batch
    if (isAccepted(exchange)) {
      if (batch.length === 1 && first !== undefined) return first
      return (
        (await findAccepted(batch, attempt)) ?? { label: 'several headers together', lines: [] }
      )
    }
    const result = tokenResult(exchange)
    if (result.kind === 'inconclusive') inconclusive++
    // One of several headers may have been refused: send each one alone.
    return result.kind === 'closed' && batch.length > 1 ? findAccepted(batch, attempt) : null
  }
  const found = await runConcurrently(batches(all), attempt)
  const accepted = found.flatMap((one) => (one === null ? [] : [one.label]))
  return { requests, accepted, inconclusive, closed: 0 }
}

async function findAccepted(
  batch: readonly Forgery[],
  attempt: (batch: readonly Forgery[]) => Promise<Forgery | null>,
): Promise<Forgery | null> {
  for (const one of batch) {
    const found = await attempt([one])
    if (found !== null) return found
  }
  return null
}

const maxConcurrent = 3

/** Processes many values, a few at a time; the results are in the order of the values. */
async function runConcurrently<T, R>(
  values: readonly T[],
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = [...values.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1])
    }
  }
  await Promise.all(Array.from({ length: maxConcurrent }, worker))
  return results
}
