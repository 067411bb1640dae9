/** The parts of Stryker's JSON report that are read here. */
export interface MutationReport {
  readonly files: Readonly<Record<string, MutatedFile>>
}

interface MutatedFile {
  readonly source: string
  readonly mutants: readonly JudgedMutant[]
}

interface JudgedMutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Position; readonly end: Position }
}

/** Line and column start at 1. */
interface Position {
  readonly line: number
  readonly column: number
}

export interface FolderScore {
  readonly folder: string
  readonly detected: number
  readonly undetected: number
}

const detected = ['Killed', 'Timeout']
const undetected = ['Survived', 'NoCoverage']

/** Mutants that are ignored or not in the sample do not count. */
export function scoreOf(folder: string, report: MutationReport): FolderScore {
  const mutants = Object.values(report.files).flatMap((file) => file.mutants)
  return {
    folder,
    detected: mutants.filter(({ status }) => detected.includes(status)).length,
    undetected: mutants.filter(({ status }) => undetected.includes(status)).length,
  }
}

/** One line for each mutant that no test noticed. */
export function survivors(report: MutationReport): string[] {
  return Object.entries(report.files).flatMap(([name, file]) =>
    file.mutants
      .filter(({ status }) => undetected.includes(status))
      .map((mutant) => {
        const { line, column } = mutant.location.start
        const change = `${oneLine(original(file.source, mutant))}  =>  ${oneLine(mutant.replacement ?? '')}`
        const covered = mutant.status === 'NoCoverage' ? ' (no test reaches it)' : ''
        return `${name}:${line}:${column} ${mutant.mutatorName}${covered}: ${change}`
      }),
  )
}

function original(source: string, { location: { start, end } }: JudgedMutant): string {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n')
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 117)}...` : line
}
