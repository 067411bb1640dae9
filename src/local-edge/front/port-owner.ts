import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { commandLineOf, outputOf } from '../../local-stores/process-table.ts'

/** The process that listens on a TCP port, as `4711 (node server.js)`, or null if it is unknown. */
export function portOwner(port: number): string | null {
  const pid = process.platform === 'linux' ? pidFromProc(port) : pidFromLsof(port)
  return pid === null ? null : `${pid} (${(commandLineOf(pid) ?? 'unknown').slice(0, 80)})`
}

/** The state of a listening socket in /proc/net/tcp. */
const listening = '0A'

function pidFromProc(port: number): number | null {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readable(() => readFileSync(file, 'utf8'), '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === listening)
      .map((fields) => `socket:[${fields[9]}]`),
  )
  const namesIn = (path: string): string[] => readable(() => readdirSync(path), [])
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name))
  const owner = pids.find((pid) =>
    namesIn(`/proc/${pid}/fd`).some((fd) =>
      inodes.includes(readable(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '')),
    ),
  )
  return owner === undefined ? null : Number(owner)
}

/** Processes end while they are read, and some must not be read: both count as empty. */
function readable<T>(read: () => T, empty: T): T {
  try {
    return read()
  } catch {
    return empty
  }
}

const pidFromLsof = (port: number): number | null =>
  Number.parseInt(outputOf('lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t') ?? '', 10) || null
