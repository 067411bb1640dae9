import { readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

/** In milliseconds. On the loopback a connection is accepted or refused at once. */
const timeout = 500

/**
 * Removes killed processes from the registry by which miniflare elects the owner of the storage. Miniflare would
 * treat them as alive for another ten seconds, and every query would fail until then.
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

/** The address of an entry's workerd; null if the entry has none. */
async function addressIn(file: string): Promise<Address | null> {
  try {
    const { debugPortAddress } = JSON.parse(await readFile(file, 'utf8'))
    const { hostname, port } = new URL(`tcp://${debugPortAddress}`)
    return port === '' ? null : { host: hostname, port: Number(port) }
  } catch {
    return null // Removed in the meantime, or of another format.
  }
}

function answers(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout })
    const end = (alive: boolean) => () => {
      socket.destroy()
      resolve(alive)
    }
    socket.once('connect', end(true))
    socket.once('timeout', end(true)) // Busy, but alive.
    socket.once('error', end(false))
  })
}
