import {
  type HeaderSource,
  headerNames,
  headerSourceNames,
  headerSources,
} from '../../certificate/header-sources.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import type { HeaderLine } from '../wire/wire.ts'
import { chainWriters, leafWriters } from './write-forms.ts'

/** One way to say a certificate in a header: a name, a form, and the lines of it. */
export type Forgery = {
  /** For reports. A configured name is a secret, and is not told. */
  readonly label: string
  readonly lines: readonly HeaderLine[]
}

/** A certificate to be claimed: a leaf and what goes with it, DER. */
export type Claimed = { readonly leaf: Bytes; readonly chain: readonly Bytes[] }

/** Every known header, in every form that it is known in. */
export const knownForgeries = (claimed: Claimed): Forgery[] =>
  distinct(headerSourceNames.flatMap((name) => forged(claimed, headerSources[name], null) ?? []))

/**
 * One header in every form there is.
 * @param configured the name of the leaf's header that the deployment has
 */
export const configuredForgeries = (claimed: Claimed, configured: string): Forgery[] =>
  distinct(
    headerSourceNames.flatMap((name) => forged(claimed, headerSources[name], configured) ?? []),
  )

function forged(
  { leaf, chain }: Claimed,
  source: HeaderSource,
  configured: string | null,
): Forgery | null {
  const names = headerNames(source, configured)
  if (names === null) return null
  const chainValue = source.chainForm === null ? null : chainWriters[source.chainForm](chain)
  const called = configured === null ? names.leaf : 'the configured header'
  return {
    label: `${called}, ${source.form}`,
    lines: [
      [names.leaf, leafWriters[source.form](leaf, chain)],
      ...(names.chain === null || chainValue === null
        ? []
        : [[names.chain, chainValue] satisfies HeaderLine]),
    ],
  }
}

/** Many sources have one header and form in common. */
function distinct(all: readonly Forgery[]): Forgery[] {
  const byLines = new Map<string, Forgery>()
  for (const forgery of all) {
    const key = forgery.lines.map(([name, value]) => `${name.toLowerCase()}:${value}`).join('\n')
    if (!byLines.has(key)) byLines.set(key, forgery)
  }
  return [...byLines.values()]
}

/** In characters of header lines: less than what HAProxy takes of a whole request, unless told. */
const maxVolley = 12_000

/**
 * Puts forgeries together into as few requests as there can be: no header twice in one, and no more
 * than any terminator takes. Names with an underscore go alone: some refuse the whole request for one.
 */
export function volleys(all: readonly Forgery[]): Forgery[][] {
  const packed: { forgeries: Forgery[]; names: Set<string>; size: number; spelt: boolean }[] = []
  for (const forgery of all) {
    const names = forgery.lines.map(([name]) => comparable(name))
    const size = forgery.lines.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    const spelt = forgery.lines.some(([name]) => name.includes('_'))
    const room = packed.find(
      (one) =>
        one.spelt === spelt &&
        one.size + size <= maxVolley &&
        names.every((name) => !one.names.has(name)),
    )
    if (room === undefined)
      packed.push({ forgeries: [forgery], names: new Set(names), size, spelt })
    else {
      room.forgeries.push(forgery)
      room.size += size
      for (const name of names) room.names.add(name)
    }
  }
  return packed.map((one) => one.forgeries)
}

const comparable = (name: string): string => name.toLowerCase().replaceAll('_', '-')
