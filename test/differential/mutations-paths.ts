import { authorityKeyIdentifier, subjectKeyIdentifier } from '../support/mint/mint.ts'
import { type Chain, type Draft, identifierOf, now } from './draft.ts'
import type { Mutation } from './mutation.ts'
import type { Random } from './random.ts'

/** Presents a changed copy of an intermediate as well, or of the anchor if there is no intermediate. */
function twin({ certificates }: Chain, random: Random): Draft {
  const between = certificates.slice(1, -1)
  const original = between.length === 0 ? certificates[1] : random.pick(between)
  const more = { ...original.more, serial: 77 }
  return { ...original, extensions: new Map(original.extensions), more }
}

/** The position does not matter: the order is shuffled later. */
const present =
  (change: (draft: Draft, ...rest: Parameters<Mutation>) => void | Promise<void>): Mutation =>
  async (chain, random, keys) => {
    const draft = twin(chain, random)
    await change(draft, chain, random, keys)
    chain.extra.push(draft)
  }

/** Mutations of the presented certificates and the possible paths. */
export const pathMutations: Readonly<Record<string, Mutation>> = {
  'presented: a twin': present(() => {}),
  'presented: an expired twin': present((draft) => {
    draft.notAfter = now - 1
  }),
  'presented: a twin with another key': present((draft, _, __, keys) => {
    draft.key = keys.at(-1) ?? draft.key
  }),
  'presented: a twin signed by another': present((draft, _, __, keys) => {
    draft.signWith = keys.at(-1) ?? draft.key
  }),
  'presented: a twin from a stranger': present((draft, _, __, keys) => {
    draft.issuer = 'CN=stranger'
    draft.signWith = keys.at(-1) ?? draft.key
  }),
  'presented: a loop': present((draft, chain) => {
    draft.issuer = chain.certificates[0].issuer
    draft.signWith = chain.certificates[0].signWith
  }),
  'missing: an intermediate': ({ certificates }) => {
    if (certificates.length > 2) certificates.splice(1, 1)
  },
  'missing: the anchor, which is another': ({ certificates }, _, keys) => {
    const anchor = certificates.at(-1) ?? certificates[1]
    anchor.key = keys.at(-1) ?? anchor.key
    anchor.signWith = anchor.key
  },
  'a new key with the old name, self-issued': async (chain, random, keys) => {
    const between = chain.certificates.slice(1)
    const old = random.pick(between)
    const at = chain.certificates.indexOf(old)
    const below = chain.certificates[at - 1]
    const key = random.pick(keys.slice(0, -1))
    if (below === undefined) return
    const extensions = new Map(old.extensions)
    chain.certificates.splice(at, 0, {
      ...old,
      issuer: old.subject,
      key,
      signWith: old.key,
      extensions,
    })
    below.signWith = key
    if (extensions.has('subjectKeyIdentifier')) {
      extensions.set('subjectKeyIdentifier', subjectKeyIdentifier(await identifierOf(key)))
      const mine = authorityKeyIdentifier(await identifierOf(old.key))
      extensions.set('authorityKeyIdentifier', mine)
      below.extensions.set(
        'authorityKeyIdentifier',
        authorityKeyIdentifier(await identifierOf(key)),
      )
    }
  },
  'a key identifier that lies': async ({ certificates }, _, keys) => {
    const key = keys.at(-1) ?? certificates[0].key
    const issuer = certificates[1]
    issuer.extensions.set(
      'subjectKeyIdentifier',
      subjectKeyIdentifier(await identifierOf(issuer.key)),
    )
    const lie = authorityKeyIdentifier(await identifierOf(key))
    certificates[0].extensions.set('authorityKeyIdentifier', lie)
  },
}
