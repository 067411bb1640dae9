import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { childrenOf, cpuTimeOf } from './server.ts'

it('finds the CPU time and the child processes of a process', async () => {
  const before = new Set(childrenOf(process.pid))
  const busy =
    'const end = Date.now() + 300; while (Date.now() < end); console.log(process.cpuUsage().user)'
  const child = spawn(process.execPath, ['-e', `${busy}; setInterval(() => {}, 1000)`])
  const [output] = await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  expect(childrenOf(process.pid).filter((each) => !before.has(each))).toEqual([pid])
  // Kernel time counts too, and both are rounded.
  expect(cpuTimeOf(pid)).toBeGreaterThan(Number(output) - 30_000)
  child.kill()
  await once(child, 'exit')
})
