import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { childrenOf, cpuTimeOf } from './server.ts'

it('tells what another process has used, and what it has started', async () => {
  const before = new Set(childrenOf(process.pid))
  const busy =
    'const end = Date.now() + 300; while (Date.now() < end); console.log(process.cpuUsage().user)'
  const child = spawn(process.execPath, ['-e', `${busy}; setInterval(() => {}, 1000)`])
  const [said] = await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  expect(childrenOf(process.pid).filter((each) => !before.has(each))).toEqual([pid])
  // In hundredths of a second, and what its kernel did counts as well.
  expect(cpuTimeOf(pid)).toBeGreaterThan(Number(said) - 30_000)
  child.kill()
  await once(child, 'exit')
})
