import { describe, expect, it } from 'vitest'
import { readByteSequence, readByteSequenceList } from './certificate-encodings.ts'

const octets = (sequence: Uint8Array | null) => (sequence === null ? null : [...sequence])

describe('a Byte Sequence', () => {
  it.each([
    [':AQID:', [1, 2, 3]],
    [':AQI=:', [1, 2]],
    [':AQ==:', [1]],
    [':/+7/:', [255, 238, 255]],
  ])('%j', (text, expected) => expect(octets(readByteSequence(text))).toEqual(expected))

  it.each([
    [''],
    [':'],
    ['::'],
    ['AQID'],
    [':AQID'],
    ['AQID:'],
    [':AQI:'],
    [':AQ=:'],
    [':AR==:'], // RFC 4648 section 3.5: pad bits that are not zero
    [':_-7_:'],
    [': AQID:'],
    [':AQID: '],
    [':AQ\nID:'],
    [':AQID:;a=1'],
    [':AQID:, :AQID:'],
    ['"AQID"'],
    ['(null)'],
  ])('refuses %j', (text) => expect(readByteSequence(text)).toBeNull())
})

describe('a List of Byte Sequences', () => {
  it.each([
    ['', []],
    [':AQ==:', [[1]]],
    [':AQ==:,:Ag==:', [[1], [2]]],
    [':AQ==: , :Ag==:\t,:Aw==:', [[1], [2], [3]]],
  ])('%j', (text, expected) => expect(readByteSequenceList(text, 3)?.map(octets)).toEqual(expected))

  it.each([
    [':AQ==:,'],
    [',:AQ==:'],
    [':AQ==:,,:Ag==:'],
    [':AQ==: :Ag==:'],
    [':AQ==:,x'],
    [':AQ==:,:Ag==:,:Aw==:,:BA==:'],
    [','.repeat(100_000)],
  ])('refuses %.40j', (text) => expect(readByteSequenceList(text, 3)).toBeNull())
})
