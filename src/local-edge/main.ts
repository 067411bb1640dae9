import { help, optionsTakenByNpm, readArguments } from './arguments.ts'
import { run } from './run.ts'

// The reader of a pipe may close it: that must not end the local edge with an exception.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const parsed = readArguments(process.argv.slice(2))
const [taken] = optionsTakenByNpm(process.env)
if (!parsed.ok) {
  console.error(`local edge: ${parsed.error}\n  see npm start -- --help`)
  process.exitCode = 2
} else if (taken !== undefined) {
  console.error(`local edge: npm read --${taken} as its own option: write npm start -- --${taken}`)
  process.exitCode = 2
} else if (parsed.value.help) {
  process.stdout.write(help)
} else {
  process.exitCode = await run(parsed.value)
}
