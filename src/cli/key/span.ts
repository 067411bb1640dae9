const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** A span such as `0`, `90s`, `15m`, `2h` or `1d` in seconds, or null where it is none. */
export function parseSpan(text: string): number | null {
  const found = /^(\d{1,7})([smhd]?)$/.exec(text)
  const unit = units[found?.[2] ?? '']
  return found === null || unit === undefined ? null : Number(found[1]) * unit
}
