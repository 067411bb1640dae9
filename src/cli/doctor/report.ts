import { descriptions, type Finding, type Sent } from '../../doctor/index.ts'
import { columns, count, printable } from '../terminal.ts'

/** In characters. */
const width = 100

const order = { fail: 0, warn: 1, skipped: 2, pass: 3 } as const

/** The findings as a table, an explanation of each problem, and what was sent. */
export function reportLines(url: string, findings: readonly Finding[], sent: Sent): string[] {
  const sorted = findings.toSorted((a, b) => order[a.severity] - order[b.severity])
  const problems = sorted.filter(({ severity }) => severity === 'fail' || severity === 'warn')
  const skippedFindings = sorted.filter(({ severity }) => severity === 'skipped')
  return [
    ...wrapped(url, 0),
    '',
    ...columns(sorted.map(({ id, severity }) => [severity, id, descriptions[id].title])),
    ...problems.flatMap(explained),
    ...(skippedFindings.length === 0 ? [] : ['', 'Skipped:']),
    ...skipLines(skippedFindings),
    '',
    summary(findings),
    ...wrapped(traffic(sent), 0),
  ]
}

/** The same for scripts. */
export const reportJson = (url: string, findings: readonly Finding[], sent: Sent) => ({
  url,
  ok: findings.every(({ severity }) => severity !== 'fail'),
  findings: findings.map((finding) => {
    const { title, meaning, fix } = descriptions[finding.id]
    return {
      id: finding.id,
      severity: finding.severity,
      title,
      meaning,
      fix,
      evidence: finding.evidence,
    }
  }),
  sent,
})

function explained({ id, severity, evidence }: Finding): string[] {
  const { meaning, fix } = descriptions[id]
  return [
    '',
    `${severity}  ${id}`,
    ...wrapped(`evidence: ${evidence}`, 2),
    ...wrapped(meaning, 2),
    ...wrapped(`fix: ${fix}`, 2),
  ]
}

/** Groups the skipped checks by their reason. */
function skipLines(skips: readonly Finding[]): string[] {
  const reasons = new Set(skips.map(({ evidence }) => evidence))
  return [...reasons].flatMap((reason) => {
    const found = skips.filter(({ evidence }) => evidence === reason)
    return wrapped(`${found.map(({ id }) => id).join(', ')}: ${reason}`, 2)
  })
}

function summary(findings: readonly Finding[]): string {
  const of = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length
  return [
    `${of('fail')} failed`,
    count(of('warn'), 'warning'),
    `${of('pass')} passed`,
    `${of('skipped')} skipped`,
  ].join(', ')
}

function traffic({ connections, requests, posts, throttled, places }: Sent): string {
  const where = Object.entries(places).map(([place, number]) => `${place} (${number})`)
  const slowed = throttled > 0 ? `, ${throttled} of them rate limited` : ''
  return `Sent ${count(requests, 'request')}, ${posts} of them forms${slowed}, over ${count(connections, 'connection')} to ${where.join(', ')}.`
}

/** Wraps a text, between words where possible. Control characters of the server are escaped first. */
function wrapped(text: string, indent: number): string[] {
  const max = width - indent
  const lines = printable(text).match(new RegExp(`.{1,${max}}(?= |$)|.{${max}}`, 'gu')) ?? ['']
  return lines.map((line) => `${' '.repeat(indent)}${line.trimStart()}`)
}
