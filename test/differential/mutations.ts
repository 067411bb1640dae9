import { objectIdentifier, octetString } from '../../src/doctor/der-writer.ts'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { sequence } from '../../src/encoding/der-writer.ts'
import { nothing } from '../support/mint/der.ts'
import { basicConstraints, extension, extKeyUsage, keyUsage } from '../support/mint/mint.ts'
import { type Draft, now } from './draft.ts'
import { at, type Mutation, type Place } from './mutation.ts'
import { nameMutations } from './mutations-names.ts'
import { pathMutations } from './mutations-paths.ts'
import { policyMutations } from './mutations-policies.ts'
import type { Random } from './random.ts'

const set =
  (place: Place, change: (draft: Draft, random: Random) => void): Mutation =>
  (chain, random) =>
    change(at(chain, place, random), random)

/** Replaces fields of a draft, or further options of the mint. */
const alter = (place: Place, fields: Partial<Draft>): Mutation =>
  set(place, (draft) => Object.assign(draft, fields))
const mintWith = (place: Place, more: Draft['more']): Mutation =>
  set(place, (draft) => Object.assign(draft, { more: { ...draft.more, ...more } }))

const extend = (place: Place, name: string, value: Bytes | null): Mutation =>
  set(place, ({ extensions }) => {
    if (value === null) extensions.delete(name)
    else extensions.set(name, value)
  })

const sha1 = sequence(objectIdentifier('1.2.840.113549.1.1.5'), nothing())
const unknown = (critical: boolean) =>
  extension('1.2.3.4.5', critical, octetString(new Uint8Array(3)))

const inEveryPlace = (
  name: string,
  make: (place: Place) => Mutation,
): Record<string, Mutation> => ({
  [`leaf: ${name}`]: make('leaf'),
  [`CA: ${name}`]: make('ca'),
  [`anchor: ${name}`]: make('anchor'),
})

const dates: Record<string, Mutation> = {
  ...inEveryPlace('expired', (place) => alter(place, { notAfter: now - 1 })),
  ...inEveryPlace('expires now', (place) => alter(place, { notAfter: now })),
  ...inEveryPlace('not yet valid', (place) => alter(place, { notBefore: now + 1 })),
  ...inEveryPlace('valid from now', (place) => alter(place, { notBefore: now })),
  ...inEveryPlace('valid beyond 2050', (place) => alter(place, { notAfter: 2_600_000_000 })),
}

const flipBit = (signature: Bytes): Bytes =>
  signature.map((each, i) => (i === 20 ? each ^ 1 : each))

const signByAnother =
  (place: Place): Mutation =>
  (chain, random, keys) => {
    const draft = at(chain, place, random)
    draft.signWith = keys.at(-1) ?? draft.key
  }

const signatures: Record<string, Mutation> = {
  ...inEveryPlace('signed by another', signByAnother),
  ...inEveryPlace('a bit of the signature flipped', (place) =>
    mintWith(place, { changeSignature: flipBit }),
  ),
  ...inEveryPlace('another algorithm inside', (place) => mintWith(place, { innerAlgorithm: sha1 })),
  ...inEveryPlace('another algorithm outside', (place) =>
    mintWith(place, { outerAlgorithm: sha1 }),
  ),
}

const constraints: Record<string, Mutation> = {
  'CA: no basicConstraints': extend('ca', 'basicConstraints', null),
  'CA: basicConstraints without cA': extend(
    'ca',
    'basicConstraints',
    basicConstraints({ cA: false }),
  ),
  'CA: basicConstraints not critical': extend(
    'ca',
    'basicConstraints',
    basicConstraints({ cA: true }, false),
  ),
  'leaf: basicConstraints with cA': extend(
    'leaf',
    'basicConstraints',
    basicConstraints({ cA: true }),
  ),
  ...inEveryPlace('pathLen', (place) =>
    set(place, ({ extensions }, random) =>
      extensions.set('basicConstraints', basicConstraints({ cA: true, pathLen: random.below(3) })),
    ),
  ),
}

const usages: Record<string, Mutation> = {
  ...inEveryPlace('no keyUsage', (place) => extend(place, 'keyUsage', null)),
  ...inEveryPlace('keyUsage digitalSignature', (place) =>
    extend(place, 'keyUsage', keyUsage(['digitalSignature'])),
  ),
  ...inEveryPlace('keyUsage keyAgreement', (place) =>
    extend(place, 'keyUsage', keyUsage(['keyAgreement'])),
  ),
  ...inEveryPlace('keyUsage keyEncipherment', (place) =>
    extend(place, 'keyUsage', keyUsage(['keyEncipherment'])),
  ),
  ...inEveryPlace('keyUsage keyCertSign', (place) =>
    extend(place, 'keyUsage', keyUsage(['keyCertSign'], false)),
  ),
  ...inEveryPlace('no extKeyUsage', (place) => extend(place, 'extKeyUsage', null)),
  ...inEveryPlace('extKeyUsage clientAuth', (place) =>
    extend(place, 'extKeyUsage', extKeyUsage(['clientAuth'])),
  ),
  ...inEveryPlace('extKeyUsage serverAuth', (place) =>
    extend(place, 'extKeyUsage', extKeyUsage(['serverAuth'], true)),
  ),
  ...inEveryPlace('extKeyUsage anyExtendedKeyUsage', (place) =>
    extend(place, 'extKeyUsage', extKeyUsage(['any'])),
  ),
}

const syntax: Record<string, Mutation> = {
  ...inEveryPlace('unknown extension', (place) => extend(place, 'unknown', unknown(false))),
  ...inEveryPlace('critical unknown extension', (place) => extend(place, 'unknown', unknown(true))),
  ...inEveryPlace('keyUsage twice', (place) =>
    extend(place, 'again', keyUsage(['digitalSignature', 'keyCertSign'])),
  ),
  ...inEveryPlace('version 1', (place) =>
    alter(place, { extensions: new Map(), more: { version: 1 } }),
  ),
  ...inEveryPlace('serial number 0', (place) => mintWith(place, { serial: 0 })),
  ...inEveryPlace('negative serial number', (place) => mintWith(place, { serial: -7 })),
}

/** All mutations by name; "none" is the control. */
export const mutations: Readonly<Record<string, Mutation>> = {
  none: () => {},
  ...dates,
  ...signatures,
  ...constraints,
  ...usages,
  ...syntax,
  ...nameMutations,
  ...policyMutations,
  ...pathMutations,
}
