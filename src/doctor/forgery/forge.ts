import { type Examination, needsPartner, type Partner } from '../examination.ts'
import { bad, type Finding, type FindingId, good, skipped } from '../findings.ts'
import type { HeaderLine, RequestSpec } from '../http/client.ts'
import type { Exchange } from '../http/exchange.ts'
import { tokenForm, tokenResult } from '../token-request.ts'
import { batches, type Forgery, forgeries } from './batches.ts'

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

/** All known headers, and the configured one. */
export const allForgeries =
  (headerName: string | null) =>
  ({ claimed }: Partner): Forgery[] => [
    ...(headerName === null ? [] : forgeries(claimed, headerName)),
    ...forgeries(claimed, null),
  ]

/** Counts of requests and of vectors, and the labels of the forgeries that the server accepted. */
type Tally = { requests: number; inconclusive: number; closed: number; accepted: string[] }

/**
 * Sends forged headers in the partner's name without its key, by every vector. Only a token proves that
 * the server accepted one.
 * @param chosen the forgeries; by default the configured header, or all known ones without its name
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
  const all = chosen?.(partner) ?? forgeries(partner.claimed, headerName)
  const tally: Tally = { requests: 0, inconclusive: 0, closed: 0, accepted: [] }
  for (const vector of ways) await tryVector(examination, partner, vector, all, tally)
  const { requests, inconclusive, closed, accepted } = tally
  if (accepted.length > 0) return bad(id, `accepted: ${accepted.join('; ')}`)
  if (inconclusive > 0) {
    return skipped(id, `${inconclusive} of ${requests} requests were not answered or not sent`)
  }
  const where = closed > 0 ? `, ${closed} of ${ways.length} ways closed` : ''
  return good(id, `${requests} requests, none accepted${where}`)
}

/** Adds the results of one vector to the tally. */
async function tryVector(
  { http }: Examination,
  partner: Partner,
  vector: Vector,
  all: readonly Forgery[],
  tally: Tally,
): Promise<void> {
  const send = async (batch: readonly Forgery[]): Promise<Exchange> => {
    tally.requests++
    const lines = batch.flatMap((one) => one.lines)
    const written = vector.rewrite?.(lines) ?? lines
    const headers =
      vector.raw === undefined ? { headers: written } : { rawLines: vector.raw(written) }
    return http.send({ form: tokenForm(partner), ...vector.request, ...headers })
  }
  const isAccepted = (exchange: Exchange) =>
    vector.isAccepted?.(exchange) ?? tokenResult(exchange).kind === 'token'
  const attempt = async (batch: readonly Forgery[]): Promise<string | null> => {
    const exchange = await send(batch)
    if (isAccepted(exchange)) {
      if (batch.length === 1) return batch[0]?.label ?? null
      return (await findAccepted(batch, attempt)) ?? 'several headers together'
    }
    const { kind } = tokenResult(exchange)
    if (kind === 'inconclusive') tally.inconclusive++
    // One of several headers may have been refused: send each one separately.
    return kind === 'closed' && batch.length > 1 ? findAccepted(batch, attempt) : null
  }
  // Control: if a request without forged headers does not reach the Worker, no request does.
  const control = await send([])
  const { kind } = tokenResult(control)
  if (isAccepted(control)) tally.accepted.push(`${vector.label}: no header at all`)
  else if (kind === 'inconclusive') tally.inconclusive++
  else if (kind === 'closed') tally.closed++
  else {
    const labels = await runConcurrently(batches(all), attempt)
    const accepted = labels.filter((label) => label !== null)
    tally.accepted.push(...accepted.map((label) => `${vector.label}: ${label}`))
  }
}

async function findAccepted(
  batch: readonly Forgery[],
  attempt: (batch: readonly Forgery[]) => Promise<string | null>,
): Promise<string | null> {
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
