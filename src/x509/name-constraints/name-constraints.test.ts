import { describe, expect, it } from 'vitest'
import { implicit } from '../../../test/support/mint/der.ts'
import {
  type MintGeneralName,
  type MintName,
  nameConstraints,
  subjectAltName,
} from '../../../test/support/mint/mint.ts'
import { ca, caRequest, verify } from '../../../test/support/worker/chain-of-three.ts'
import { objectIdentifier } from '../../doctor/der-writer.ts'
import type { NameRefusal } from './check-names.ts'

type Lists = Parameters<typeof nameConstraints>[0]
type Why = NameRefusal['why']

const v4 = [192, 0, 2, 0]
const slash24 = [255, 255, 255, 0]
const v6 = [0x20, 1, 0xd, 0xb8, ...new Array<number>(12).fill(0)]
const slash32 = [255, 255, 255, 255, ...new Array<number>(12).fill(0)]
const registeredId = { raw: implicit(8, objectIdentifier('1.2.3').subarray(2)) }

describe('a leaf below a CA with name constraints', () => {
  type Row = [
    names: MintGeneralName[],
    lists: Lists,
    why: Why | null,
    because?: string,
    subject?: MintName,
  ]
  const permitted = (...bases: MintGeneralName[]): Lists => ({ permitted: bases })
  const excluded = (...bases: MintGeneralName[]): Lists => ({ excluded: bases })
  const dns = (text: string): MintGeneralName => ({ dns: text })
  const uri = (text: string): MintGeneralName => ({ uri: text })
  const email = (text: string): MintGeneralName => ({ email: text })
  const ip = (...octets: number[]): MintGeneralName => ({ ip: octets })
  const directory = (name: MintName): MintGeneralName => ({ directory: name })
  const rows: Row[] = [
    // dNSName: "adding zero or more labels to the left-hand side"
    [[dns('a.example')], permitted(dns('a.example')), null],
    [[dns('x.y.a.example')], permitted(dns('a.example')), null],
    [[dns('A.EXAMPLE')], permitted(dns('a.Example')), null],
    [[dns('ba.example')], permitted(dns('a.example')), 'not_permitted'],
    [[dns('example')], permitted(dns('a.example')), 'not_permitted'],
    [[dns('a.example'), dns('b.example')], permitted(dns('a.example')), 'not_permitted'],
    [[dns('b.example')], permitted(dns('a.example'), dns('b.example')), null],
    [[dns('x.a.example')], excluded(dns('a.example')), 'excluded'],
    [[dns('xa.example')], excluded(dns('a.example')), null],
    [
      [dns('x.a.example')],
      { ...permitted(dns('a.example')), ...excluded(dns('x.a.example')) },
      'excluded',
    ],
    [[dns('x.a.example')], permitted(dns('.a.example')), null, 'a leading period'],
    [[dns('a.example')], permitted(dns('.a.example')), 'not_permitted', 'a leading period'],
    [[dns('a.example')], permitted(dns('')), null, 'every name'],
    [[dns('a.example')], excluded(dns('')), 'excluded', 'every name'],
    [[dns('a.example')], permitted(dns('*.example')), 'not_comparable', 'a wildcard as base'],
    [[dns('a.example')], permitted(dns('*.example'), dns('example')), null],
    [
      [dns('a.example')],
      { ...permitted(dns('example')), ...excluded(dns('a..b')) },
      'not_comparable',
    ],
    [[dns('.a.example')], permitted(dns('a.example')), 'not_comparable', 'no DNS name'],
    [[dns('a.example.')], permitted(dns('a.example')), 'not_comparable', 'no DNS name'],
    // wildcards
    [[dns('*.a.example')], permitted(dns('a.example')), null],
    [[dns('*.a.example')], permitted(dns('.a.example')), null],
    [[dns('*.example')], permitted(dns('a.example')), 'not_permitted'],
    [[dns('*.example')], excluded(dns('a.example')), 'excluded', 'it may be that name'],
    [[dns('*.example')], excluded(dns('x.a.example')), null, 'it covers one label'],
    [[dns('*.x.a.example')], excluded(dns('a.example')), 'excluded'],
    [[dns('a*.example')], excluded(dns('b.example')), 'not_comparable'],
    // uniformResourceIdentifier: the host
    [[uri('https://u@a.example:8443/p?q')], permitted(uri('a.example')), null],
    [[uri('https://x.a.example/')], permitted(uri('a.example')), 'not_permitted', 'only that host'],
    [[uri('https://x.a.example/')], permitted(uri('.a.example')), null],
    [[uri('https://a.example')], permitted(uri('.a.example')), 'not_permitted'],
    [[uri('spiffe://a.example/w')], excluded(uri('a.example')), 'excluded'],
    [[uri('spiffe://b.example/w')], excluded(uri('a.example')), null],
    [[uri('urn:a:b')], excluded(uri('a.example')), 'not_comparable', 'no authority'],
    [[uri('https://192.0.2.1/')], permitted(uri('a.example')), 'not_comparable', 'an address'],
    [[uri('https://[2001:db8::1]/')], permitted(uri('a.example')), 'not_comparable'],
    [[uri('https://a.example@b.example/')], permitted(uri('a.example')), 'not_permitted'],
    [[uri('https://b.example#@a.example/')], permitted(uri('a.example')), 'not_permitted'],
    // rfc822Name
    [[email('u@a.example')], permitted(email('u@A.example')), null],
    [[email('U@a.example')], permitted(email('u@a.example')), 'not_permitted', 'section 7.5'],
    [[email('"\\u"@a.example')], permitted(email('u@a.example')), null, 'quoted'],
    [[email('u@a.example')], permitted(email('a.example')), null],
    [[email('u@x.a.example')], permitted(email('a.example')), 'not_permitted'],
    [[email('u@x.a.example')], permitted(email('.a.example')), null],
    [[email('u@a.example')], permitted(email('.a.example')), 'not_permitted'],
    [[email('u@a.example')], excluded(email('a.example')), 'excluded'],
    [[email('u@a.example')], permitted(email('')), null],
    [[email('u@a@a.example')], permitted(email('a.example')), 'not_comparable'],
    [[email('u@a.example')], permitted(email('u@v@a.example')), 'not_comparable'],
    [[email('a.example')], permitted(email('a.example')), 'not_comparable'],
    // iPAddress
    [[ip(192, 0, 2, 9)], permitted(ip(...v4, ...slash24)), null],
    [[ip(192, 0, 3, 9)], permitted(ip(...v4, ...slash24)), 'not_permitted'],
    [[ip(192, 0, 2, 9)], excluded(ip(...v4, ...slash24)), 'excluded'],
    [[ip(192, 0, 2, 9)], permitted(ip(192, 0, 2, 77, ...slash24)), null, 'host bits in the base'],
    [[ip(1, 2, 3, 4)], permitted(ip(0, 0, 0, 0, 0, 0, 0, 0)), null],
    [[ip(...v6.slice(0, 15), 1)], permitted(ip(...v6, ...slash32)), null],
    [[ip(...v6.slice(0, 15), 1)], excluded(ip(...v6, ...slash32)), 'excluded'],
    [[ip(...v6)], permitted(ip(...v4, ...slash24)), 'not_permitted', 'another family'],
    [[ip(192, 0, 2, 9)], permitted(ip(...v4, 255, 0, 255, 0)), 'not_comparable', 'no CIDR mask'],
    // directoryName, the subject too
    [[], permitted(directory('O=a')), null, '', 'CN=x,O=a'],
    [[], permitted(directory('O=A')), null, '', 'CN=x,O= a '],
    [[], permitted(directory('O=a')), 'not_permitted', '', 'CN=x,O=b'],
    [[], permitted(directory('CN=x')), 'not_permitted', 'not its beginning', 'CN=x,O=a'],
    [[], permitted(directory('CN=x,O=a')), 'not_permitted', 'longer', 'O=a'],
    [[], excluded(directory('O=a')), 'excluded', '', 'CN=x,O=a'],
    [[], excluded(directory('O=a')), null, '', 'CN=x,O=ab'],
    [[], permitted(directory('')), null, 'every name', 'CN=x'],
    [[directory('O=b')], permitted(directory('O=a')), 'not_permitted', '', 'O=a'],
    [[directory('O=a')], permitted(directory('O=a')), null, '', 'O=a'],
    [[dns('a.example')], permitted(directory('O=a')), null, 'an empty subject is not checked', ''],
    [
      [],
      excluded(directory('O=a')),
      'not_comparable',
      'a value that compares to nothing',
      'O=\u0007',
    ],
    [[], excluded(directory('O=\u0007')), 'not_comparable', '', 'O=a'],
    // an email address in the subject
    [[], permitted(email('a.example')), null, '', 'EMAILADDRESS=u@a.example'],
    [[], permitted(email('a.example')), 'not_permitted', '', 'EMAILADDRESS=u@b.example,O=a'],
    [[], excluded(email('b.example')), 'excluded', '', 'EMAILADDRESS=u@b.example'],
    [[], excluded(email('b.example')), 'not_comparable', '', 'EMAILADDRESS=u'],
    [
      [email('u@a.example')],
      permitted(email('a.example')),
      'not_permitted',
      'stricter than section 4.2.1.10: beside a subjectAltName as well',
      'EMAILADDRESS=u@b.example',
    ],
    // a host name in the common name is not a DNS name
    [[], permitted(dns('a.example')), null, '', 'CN=b.example'],
    // forms that are not constrained, and those that cannot be
    [[dns('b.example')], permitted(ip(...v4, ...slash24), email('a.example')), null],
    [[registeredId], permitted(dns('a.example')), null],
    [[registeredId], excluded(registeredId), 'not_comparable'],
    [[dns('a.example')], excluded(registeredId), null],
  ]
  it.each(rows)('%j below %j: %s %s', async (names, lists, why, _because, subject = 'CN=leaf') => {
    const outcome = await verify({
      ca: { extensions: [...ca, nameConstraints(lists)] },
      leaf: { subject, extensions: names.length === 0 ? [] : [subjectAltName(names, true)] },
    })
    expect(outcome).toMatchObject(
      why === null
        ? { ok: true }
        : {
            ok: false,
            reason: 'name_constraints',
            why,
            constrainedBy: 'CN=ca',
            certificate: { depth: 0 },
          },
    )
  })
})

describe('constraints along a path', () => {
  const san = (name: string) => subjectAltName([{ dns: name }])
  const constraints = (name: string, critical = true) =>
    nameConstraints({ permitted: [{ dns: name }] }, critical)
  const leaf = { extensions: [san('x.a.example')] }
  const refused = (depth: number, constrainedBy: string) => ({
    ok: false,
    reason: 'name_constraints',
    constrainedBy,
    certificate: { depth },
  })

  it('those of all CAs apply, also those of the anchor', async () => {
    const root = { extensions: [...ca, constraints('a.example')] }
    expect(await verify({ root, leaf })).toMatchObject({ ok: true })
    const wider = { extensions: [...ca, constraints('example')] }
    expect(await verify({ root, ca: wider, leaf })).toMatchObject({ ok: true })
    const other = { extensions: [...ca, constraints('b.example')] }
    expect(await verify({ root, ca: other, leaf })).toMatchObject(refused(0, 'CN=ca'))
    expect(await verify({ root: other, leaf })).toMatchObject(refused(0, 'CN=root'))
  })

  it('they apply also if they are not critical', async () => {
    const lax = { extensions: [...ca, constraints('b.example', false)] }
    expect(await verify({ ca: lax, leaf })).toMatchObject(refused(0, 'CN=ca'))
  })

  it('they apply to CAs, but not to self-issued ones', async () => {
    const root = { extensions: [...ca, constraints('a.example')] }
    const odd = { extensions: [...ca, san('b.example')] }
    expect(await verify({ root, ca: odd, leaf })).toMatchObject(refused(1, 'CN=root'))
    const selfIssued = { ...odd, subject: 'CN=root' }
    const below = { ...leaf, issuer: 'CN=root' }
    expect(await verify({ root, ca: selfIssued, leaf: below })).toMatchObject({ ok: true })
  })

  it('they apply to a self-issued leaf (section 6.1.3 (b))', async () => {
    const root = { extensions: [...ca, constraints('a.example')] }
    const self = { subject: 'CN=ca', extensions: [san('b.example')] }
    expect(await verify({ root, leaf: self })).toMatchObject(refused(0, 'CN=root'))
  })

  it('in a leaf they constrain nothing', async () => {
    const own = { extensions: [san('b.example'), constraints('a.example')] }
    expect(await verify({ leaf: own })).toMatchObject({ ok: true })
  })

  it('the cost of names and subtrees is limited', async () => {
    const hosts = (count: number, suffix: string) =>
      Array.from({ length: count }, (_, i) => ({ dns: `h${i}.${suffix}` }))
    const many = nameConstraints({ permitted: hosts(800, 'example') })
    const change = {
      root: { extensions: [...ca, many] },
      ca: { ...caRequest, extensions: [...ca, many] },
    }
    const names = (count: number) => ({ extensions: [subjectAltName(hosts(count, 'h7.example'))] })
    expect(await verify({ ...change, leaf: names(1000) })).toMatchObject({ ok: true })
    // 1 311 names times 800 subtrees are more than 2^20.
    expect(await verify({ ...change, leaf: names(1311) })).toMatchObject({
      reason: 'budget_spent',
      budget: 'names',
    })
  })
})
