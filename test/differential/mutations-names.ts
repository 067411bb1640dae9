import {
  type MintGeneralName,
  type MintName,
  nameConstraints,
  subjectAltName,
} from '../support/mint/mint.ts'
import type { Draft } from './draft.ts'
import type { Mutation } from './mutation.ts'
import type { Random } from './random.ts'

type Pool = {
  readonly bases: readonly MintGeneralName[]
  readonly names: readonly MintGeneralName[]
}

const v6 = (...last: number[]) => [
  0x20,
  1,
  0xd,
  0xb8,
  ...new Array<number>(12 - last.length).fill(0),
  ...last,
]
const ones = (count: number, size: number) =>
  Array.from({ length: size }, (_, i) => (i < count ? 255 : 0))

/** By form: bases of subtrees, and names inside, next to and above them. */
const pools: Readonly<Record<string, Pool>> = {
  dNSName: {
    bases: [
      'example.com',
      'a.example.com',
      'b.a.example.com',
      'EXAMPLE.com',
      'com',
      'other.net',
    ].map((dns) => ({ dns })),
    names: [
      'example.com',
      'a.example.com',
      'x.a.example.com',
      'b.a.example.com',
      'xexample.com',
      'com',
      'other.net',
      'A.Example.COM',
    ].map((dns) => ({ dns })),
  },
  'dNSName with a leading period': {
    bases: ['.example.com', '.a.example.com'].map((dns) => ({ dns })),
    names: ['example.com', 'a.example.com', 'x.a.example.com'].map((dns) => ({ dns })),
  },
  'dNSName of wildcards': {
    bases: ['example.com', 'a.example.com', 'com'].map((dns) => ({ dns })),
    names: ['*.example.com', '*.a.example.com', '*.com', '*.other.net'].map((dns) => ({ dns })),
  },
  rfc822Name: {
    bases: ['example.com', '.example.com', 'u@example.com', 'u@a.example.com', 'a.example.com'].map(
      (email) => ({ email }),
    ),
    names: [
      'u@example.com',
      'v@example.com',
      'u@a.example.com',
      'U@example.com',
      'u@EXAMPLE.com',
      'u@x.a.example.com',
    ].map((email) => ({ email })),
  },
  uniformResourceIdentifier: {
    bases: ['example.com', '.example.com', 'a.example.com'].map((uri) => ({ uri })),
    names: [
      'https://example.com/x',
      'https://a.example.com:8443/',
      'spiffe://x.a.example.com',
      'https://u@EXAMPLE.com?q',
      'urn:a:b',
      'https://192.0.2.1/',
    ].map((uri) => ({ uri })),
  },
  iPAddress: {
    bases: [
      [192, 0, 2, 0, 255, 255, 255, 0],
      [192, 0, 2, 128, 255, 255, 255, 128],
      [...v6(), ...ones(4, 16)],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ].map((ip) => ({ ip })),
    names: [
      [192, 0, 2, 1],
      [192, 0, 2, 200],
      [198, 51, 100, 1],
      v6(1),
      [0xfe, 0x80, ...new Array<number>(14).fill(1)],
    ].map((ip) => ({ ip })),
  },
  directoryName: {
    bases: [
      'O=Example,C=NL',
      'C=NL',
      'OU=a,O=Example,C=NL',
      'O=example,C=nl',
      'O=Example,C=DE',
    ].map((directory) => ({ directory })),
    names: [
      'CN=x,O=Example,C=NL',
      'CN=x,OU=a,O=Example,C=NL',
      'C=NL',
      'O=EXAMPLE,C=NL',
      'CN=x',
    ].map((directory) => ({ directory })),
  },
}

/** One or two CAs get random subtrees of one form; the leaf, or sometimes a CA, gets random names of that form. */
const constrain =
  ({ bases, names }: Pool): Mutation =>
  ({ certificates }, random) => {
    const cas = certificates.slice(1)
    for (const ca of random.some(cas, 1 + random.below(2))) {
      const lists = random.pick([['permitted'], ['excluded'], ['permitted', 'excluded']] as const)
      const chosen = lists.map((list) => [list, random.some(bases, 1 + random.below(2))])
      ca.extensions.set(
        'nameConstraints',
        nameConstraints(Object.fromEntries(chosen), random.chance(0.8)),
      )
    }
    claim(certificates[0], names, random)
    const between = certificates.slice(1, -1)
    if (between.length > 0 && random.chance(0.2)) claim(random.pick(between), names, random)
  }

const claim = ({ extensions }: Draft, names: readonly MintGeneralName[], random: Random): void =>
  void extensions.set('subjectAltName', subjectAltName(random.some(names, 1 + random.below(2))))

/** The leaf's subject below constraints of directory names and mail addresses. */
const constrainSubject =
  (
    bases: readonly MintGeneralName[],
    subjects: readonly MintName[],
    san: 'none' | 'dns',
  ): Mutation =>
  ({ certificates }, random) => {
    const ca = random.pick(certificates.slice(1))
    const list = random.pick(['permitted', 'excluded'])
    ca.extensions.set('nameConstraints', nameConstraints({ [list]: random.some(bases, 2) }))
    const [leaf] = certificates
    leaf.subject = random.pick(subjects)
    if (san === 'none') leaf.extensions.delete('subjectAltName')
    // Intermediates would violate constraints of directory names, so their subjects are inside them too.
    for (const [depth, each] of certificates.entries()) {
      if (depth === 0 || depth === certificates.length - 1) continue
      each.subject = `CN=certificate ${depth},O=Example,C=NL`
      const below = certificates[depth - 1]
      if (below !== undefined) below.issuer = each.subject
    }
  }

const directories = pools.directoryName?.bases ?? []
const mails = ['u@example.com', 'v@example.com', 'u@a.example.com'].map(
  (email): MintName => `EMAILADDRESS=${email},CN=x`,
)

/** Mutations of names and of their constraints. */
export const nameMutations: Readonly<Record<string, Mutation>> = {
  ...Object.fromEntries(
    Object.entries(pools).map(([form, pool]) => [`name constraints: ${form}`, constrain(pool)]),
  ),
  'name constraints: the subject': constrainSubject(
    directories,
    ['CN=x,O=Example,C=NL', 'CN=x,OU=a,O=Example,C=NL', 'CN=x,C=DE', 'CN=x,O=Example,C=DE'],
    'dns',
  ),
  'name constraints: a mail address in the subject': constrainSubject(
    pools.rfc822Name?.bases ?? [],
    mails,
    'none',
  ),
  'name constraints: a mail address in the subject, beside a subjectAltName': constrainSubject(
    pools.rfc822Name?.bases ?? [],
    mails,
    'dns',
  ),
  'issuer in another case': ({ certificates }) => {
    certificates[0].issuer = String(certificates[0].issuer).toUpperCase()
  },
  'issuer in another string type': ({ certificates }) => {
    certificates[0].issuer = [
      ['C', 'NL'],
      ['O', 'Example 1', 'printable'],
      ['CN', 'certificate 1', 'bmp'],
    ]
  },
  'issuer with more spaces': ({ certificates }) => {
    certificates[0].issuer = [
      ['C', 'NL'],
      ['O', ' Example  1 '],
      ['CN', 'certificate  1'],
    ]
  },
  'issuer by another name': ({ certificates }) => {
    certificates[0].issuer = 'CN=certificate 1,O=Example 1,C=DE'
  },
  'issuer with its RDNs in another order': ({ certificates }) => {
    certificates[0].issuer = 'C=NL,O=Example 1,CN=certificate 1'
  },
}
