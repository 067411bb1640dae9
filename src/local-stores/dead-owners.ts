import { readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

/** In milliseconds: on the loopback an answer, yes or no, takes none. */
const patience = 500

/**
 * Takes processes that were killed out of the registry by which miniflare elects the owner of the
 * storage. It would take them for alive for ten seconds more, and every query would fail meanwhile.
 */
export async function forgetDeadOwners(dataDir: string): Promise<void> {
  const registry = join(dataDir, 'registry')
  const names = await readdir(registry).catch(() => [])
  await Promise.all(
    names.map(async (name) => {
      const file = join(registry, name)
      const address = await addressIn(file)
      if (address !== null && !(await answers(address))) await rm(file, { force: true })
    }),
  )
}

type Address = { readonly host: string; readonly port: number }

/** Where the workerd of an entry takes questions; null where the entry is not of that kind. */
async function addressIn(file: string): Promise<Address | null> {
  try {
    const { debugPortAddress } = JSON.parse(await readFile(file, 'utf8'))
    const { hostname, port } = new URL(`tcp://${debugPortAddress}`)
    return port === '' ? null : { host: hostname, port: Number(port) }
  } catch {
    return null // Gone meanwhile, or not ours to understand.
  }
}

function answers(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: patience })
    const end = (alive: boolean) => () => {
      socket.destroy()
      resolve(alive)
    }
    socket.once('connect', end(true))
    socket.once('timeout', end(true)) // Busy is not dead.
    socket.once('error', end(false))
  })
}
