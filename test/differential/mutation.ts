import type { MintKeyPair } from '../support/mint/mint.ts'
import type { Chain, Draft } from './draft.ts'
import type { Random } from './random.ts'

/** Changes one property of a valid chain. What else is random, the seed decides. */
export type Mutation = (
  chain: Chain,
  random: Random,
  keys: readonly MintKeyPair[],
) => void | Promise<void>

/** Which certificate of a chain. */
export type Place = 'leaf' | 'ca' | 'anchor'

/** Some certificate of a kind; where there is no intermediate, the anchor stands in for it. */
export function at(chain: Chain, place: Place, random: Random): Draft {
  const { certificates } = chain
  const anchor = certificates.at(-1) ?? certificates[1]
  if (place === 'leaf') return certificates[0]
  const between = certificates.slice(1, -1)
  return place === 'anchor' || between.length === 0 ? anchor : random.pick(between)
}
