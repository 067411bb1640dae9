import { descriptions, type Finding } from '../../doctor/findings/findings.ts'
import type { Sent } from '../../doctor/wire/wire.ts'
import { columns, count, printable } from '../terminal.ts'

/** In characters. */
const width = 100

const order = { fail: 0, warn: 1, skipped: 2, pass: 3 } as const

/** The findings as a table, what is wrong explained below it, and what was sent. */
export function reportLines(url: string, findings: readonly Finding[], sent: Sent): string[] {
  const sorted = findings.toSorted((a, b) => order[a.severity] - order[b.severity])
  const wrong = sorted.filter(({ severity }) => severity === 'fail' || severity === 'warn')
  const skips = sorted.filter(({ severity }) => severity === 'skipped')
  return [
    ...wrapped(url, 0),
    '',
    ...columns(sorted.map(({ id, severity }) => [severity, id, descriptions[id].title])),
    ...wrong.flatMap(explained),
    ...(skips.length === 0 ? [] : ['', 'Skipped:']),
    ...skipLines(skips),
    '',
    summary(findings),
    ...wrapped(sentence(sent), 0),
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
    ...wrapped(`seen: ${evidence}`, 2),
    ...wrapped(meaning, 2),
    ...wrapped(`fix: ${fix}`, 2),
  ]
}

/** Checks that were skipped for one reason, together. */
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

function sentence({ connections, requests, posts, throttled, places }: Sent): string {
  const where = Object.entries(places).map(([place, number]) => `${place} (${number})`)
  const slowed = throttled > 0 ? `, ${throttled} of them rate limited` : ''
  return `Sent ${count(requests, 'request')}, ${posts} of them forms${slowed}, over ${count(connections, 'connection')} to ${where.join(', ')}.`
}

/** Lines of at most a hundred characters; what comes from others is escaped before it is measured. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = []
  const room = width - indent
  let line = ''
  const words = printable(text).split(' ')
  for (const word of words.flatMap((one) => pieces(one, room))) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => `${' '.repeat(indent)}${one}`)
}

const pieces = (word: string, room: number): string[] =>
  word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? ['']
