import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Start } from './oidc-provider-process.ts'
import type { Server } from './server.ts'

/** Starts oidc-provider in its own process. */
export async function startOidcProvider(start: Start): Promise<Server> {
  const file = fileURLToPath(new URL('./oidc-provider-process.ts', import.meta.url))
  // Its output is ignored: it warns of plain HTTP, which is right behind a proxy.
  const child = fork(file, [JSON.stringify(start)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const ended = once(child, 'exit')
  let output = ''
  child.stderr?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4000)
  })
  const failed = ended.then(() => {
    throw new Error(`oidc-provider ended: ${output}`)
  })
  failed.catch(() => {}) // `stop` ends the process too.
  const [port] = (await Promise.race([once(child, 'message'), failed])) as [number]
  if (child.pid === undefined) throw new Error('oidc-provider has no process')
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  return { port, pid: child.pid, stop }
}
