import type { MintKeyPair } from '../support/mint/mint.ts'
import type { Chain, Draft } from './draft.ts'
import type { Random } from './random.ts'

/** Changes one property of a valid chain. The seed decides all random choices. */
export type Mutation = (
  chain: Chain,
  random: Random,
  keys: readonly MintKeyPair[],
) => void | Promise<void>

/** Which certificate of a chain. */
export type Place = 'leaf' | 'ca' | 'anchor'

/** A random certificate of a kind; the anchor if there is no intermediate. */
export function at(chain: Chain, place: Place, random: Random): Draft {
  const { certificates } = chain
  const anchor = certificates.at(-1) ?? certificates[1]
  if (place === 'leaf') return certificates[0]
  const between = certificates.slice(1, -1)
  return place === 'anchor' || between.length === 0 ? anchor : random.pick(between)
}
