import type { Machine } from './machine.ts'
import type { Result } from './report.ts'
import type { Spread } from './statistics.ts'

/** Results as lines of text, with minimum and maximum of the first measure. */
export function resultLines({ title, sides, figures }: Result): string[] {
  const [first = '', ...others] = Object.keys(sides[0]?.measures ?? {})
  const sideRows = sides.map(({ label, measures }) => [
    `  ${label}`,
    timeOf(measures[first], ({ median }) => median),
    `${timeOf(measures[first], ({ min }) => min)} .. ${timeOf(measures[first], ({ max }) => max)}`,
    ...others.map((name) => timeOf(measures[name], ({ median }) => median)),
  ])
  const figureRows = figures.map(({ name, meaning, ratio }) => [
    `  ${name}`,
    number(ratio.median),
    spread(ratio),
    meaning,
  ])
  return [
    ...(sideRows.length === 0
      ? [title]
      : align([[title, first, 'least .. most', ...others], ...sideRows])),
    ...(figureRows.length === 0
      ? []
      : align([['  ratio', '', 'least .. most', ''], ...figureRows])),
    '',
  ]
}

const timeOf = (spread: Spread | undefined, take: (spread: Spread) => number): string =>
  spread === undefined ? '' : time(take(spread))

export const machineLine = ({ cores, cpu, load, node, workerd, date }: Machine): string =>
  `${cores} cores, ${cpu}, load ${load.toFixed(1)}, Node ${node}, workerd ${workerd}, ${date}`

/** Columns two spaces apart. The first and the last are left-aligned, the others right-aligned. */
function align(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === 0) return cell.padEnd(width(0))
        return column === row.length - 1 ? cell : cell.padStart(width(column))
      })
      .join('  ')
      .trimEnd(),
  )
}

const spread = ({ min, max }: Spread): string => `${number(min)} .. ${number(max)}`

/** Three significant digits. */
const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** Microseconds in a suitable unit. */
function time(us: number): string {
  if (us >= 1000) return `${number(us / 1000)} ms`
  return us >= 1 ? `${number(us)} us` : `${number(us * 1000)} ns`
}
