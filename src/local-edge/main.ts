import { help, optionsKeptByNpm, readArguments } from './arguments.ts'
import { run } from './run.ts'

// A reader that went away is no fault.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const parsed = readArguments(process.argv.slice(2))
const kept = optionsKeptByNpm(process.env)
if (!parsed.ok) {
  console.error(`local edge: ${parsed.error}\n  see npm start -- --help`)
  process.exitCode = 2
} else if (kept.length > 0) {
  console.error(`local edge: npm kept --${kept[0]} for itself: write npm start -- --${kept[0]}`)
  process.exitCode = 2
} else if (parsed.value.help) {
  process.stdout.write(help)
} else {
  process.exitCode = await run(parsed.value)
}
