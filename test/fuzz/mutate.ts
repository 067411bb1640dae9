import type { Bytes } from '../../src/encoding/bytes.ts'
import { concat } from '../../src/encoding/der-writer.ts'
import type { Random } from '../differential/random.ts'
import { elements, readTree, type Tree, writeTree } from './der-tree.ts'

/** Makes one to four changes; half of them change whole DER elements. @param others elements are copied from these */
export function mutate(der: Bytes, others: readonly Bytes[], random: Random): Bytes {
  let mutated: Bytes = der.slice()
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const tree = random.chance(0.6) ? readTree(mutated) : null
    mutated =
      tree === null ? changeOctets(mutated, others, random) : changeTree(tree, others, random)
  }
  return mutated
}

function changeOctets(der: Bytes, others: readonly Bytes[], random: Random): Bytes {
  const at = random.below(der.length + 1)
  const length = random.below(random.chance(0.8) ? 4 : 64)
  const [before, after] = [der.slice(0, at), der.slice(at)]
  switch (random.below(6)) {
    case 0: // a bit flipped
      return der.map((octet, i) => (i === at ? octet ^ (1 << random.below(8)) : octet))
    case 1: // an octet with a meaning in DER
      return der.map((octet, i) => (i === at ? random.pick(telling) : octet))
    case 2:
      return concat(before, after.slice(length))
    case 3:
      return concat(before, noise(length, random), after)
    case 4:
      return random.chance(0.2) ? before : concat(before, after.slice(0, length), after)
    default: {
      const other = random.pick(others)
      const from = random.below(other.length)
      return concat(before, other.slice(from, from + length), after.slice(length))
    }
  }
}

const telling = [
  0, 1, 2, 3, 4, 5, 6, 9, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82,
  0x84, 0xa0, 0xa3, 0xff,
]

const noise = (length: number, random: Random): Bytes =>
  Uint8Array.from({ length }, () => random.below(256))

function changeTree(tree: Tree, others: readonly Bytes[], random: Random): Bytes {
  const all = elements(tree)
  const one = random.pick(all)
  const inside = random.pick(all.filter(({ children }) => children.length > 0).concat(tree))
  const place = random.below(inside.children.length + 1)
  switch (random.below(8)) {
    case 0:
      one.tag = Uint8Array.of(random.chance(0.5) ? random.pick(telling) : random.below(256))
      break
    case 1:
      one.octets = noise(random.below(random.chance(0.9) ? 12 : 300), random)
      break
    case 2:
      one.length = random.pick(['longer', 'indefinite'])
      break
    case 3:
      inside.children.splice(place, 1)
      break
    case 4: // an element twice
      inside.children.splice(place, 0, structuredClone(random.pick(all)))
      break
    case 5: // elements in another order
      inside.children.push(...inside.children.splice(0, place))
      break
    case 6: {
      const other = readTree(random.pick(others))
      if (other !== null) inside.children.splice(place, 1, random.pick(elements(other)))
      break
    }
    default: // many copies of an element
      for (let times = random.below(40); times > 0; times--) {
        inside.children.push(...structuredClone(inside.children.slice(0, 1)))
      }
  }
  return writeTree(tree)
}
