import { writeFileSync } from 'node:fs'
import { readArguments } from './arguments.ts'
import { crlPart } from './crl.ts'
import { describeMachine } from './harness/machine.ts'
import type { Part } from './harness/part.ts'
import { type Result, reportOf } from './harness/report.ts'
import { machineLine, resultLines } from './harness/table.ts'
import { latencyPart } from './latency.ts'
import { scalePart } from './scale.ts'
import { startPart } from './start.ts'
import { tokensPart } from './tokens.ts'
import { verifyPart } from './verify.ts'
import { parsePart, pathPart } from './x509.ts'

/** `npm run bench`: every figure is the ratio of two programs that ran in turns in this run. */
const parts: Readonly<Record<string, Part>> = {
  parse: parsePart,
  path: pathPart,
  crl: crlPart,
  tokens: tokensPart,
  scale: scalePart,
  start: startPart,
  latency: latencyPart,
  verify: verifyPart,
}

const help = `Certbound's bench: what things cost, compared with other programs that do the same work.

Usage: npm run bench -- [options]

  --only NAME   run this part only (repeatable):
${Object.entries(parts)
  .map(([name, { about }]) => `                  ${name.padEnd(6)} ${about}`)
  .join('\n')}
  --json FILE   write the results as JSON, too: the medians are in \`ratios\`
  --quick       few and short rounds: shows that the bench works, not how fast things are
  --help        this text

CPU time is that of the whole process for one operation. Ratios are medians of rounds in which all programs
ran in turns, with minimum and maximum. Exit status: 0 done, 1 failed, 2 wrong options.
`

const read = readArguments(process.argv.slice(2), Object.keys(parts))
if (!read.ok) {
  console.error(`bench: ${read.error}\n  npm run bench -- --help`)
  process.exitCode = 2
} else if (read.value.help) {
  process.stdout.write(help)
} else {
  const depth = read.value.quick ? 'quick' : 'thorough'
  const machine = describeMachine(new Date())
  console.log(`${machineLine(machine)}\n`)
  const results: Result[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (read.value.only.length > 0 && !read.value.only.includes(name)) continue
    for await (const result of part.run(depth)) {
      console.log(resultLines(result).join('\n'))
      results.push(result)
    }
  }
  const report = reportOf(results, machine, depth)
  if (read.value.json !== null) {
    writeFileSync(read.value.json, `${JSON.stringify(report, null, 2)}\n`)
  }
}
