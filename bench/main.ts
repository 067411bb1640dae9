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

/** `npm run bench`: every figure a ratio of two sides that were measured in turns in this run. */
const parts: Readonly<Record<string, Part>> = {
  ...{ parse: parsePart, path: pathPart, crl: crlPart },
  ...{ tokens: tokensPart, scale: scalePart, start: startPart, latency: latencyPart },
  verify: verifyPart,
}

const help = `Certbound's bench: what things cost, always beside something that does the same job.

Usage: npm run bench -- [options]

  --only NAME   this part alone (repeatable):
${Object.entries(parts)
  .map(([name, { about }]) => `                  ${name.padEnd(6)} ${about}`)
  .join('\n')}
  --json FILE   the figures as JSON too: the medians in \`ratios\`, the rest beside them
  --quick       few and short rounds: whether it works, not how fast
  --help        this text

CPU time is that of the whole process for one operation; ratios are medians over rounds in which all
sides ran in turns, with the least and the most. Exit status: 0 done, 1 failed, 2 not understood.
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
