import { commands } from './commands.ts'
import { run } from './run.ts'

const line = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`)

// A closed pipe (`| head`) is not a fault.
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code !== 'EPIPE') throw fault
  process.exit(0)
})

const { stderr } = process
const redraw = stderr.isTTY ? (text: string) => void stderr.write(`\r${text}\u001b[K`) : null

process.exitCode = await run(
  process.argv.slice(2),
  commands,
  { out: line(process.stdout), err: line(stderr) },
  { redraw },
)
