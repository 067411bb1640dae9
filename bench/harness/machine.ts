import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** The machine and time of the measurement. */
export type Machine = {
  readonly cores: number
  readonly cpu: string
  /** The load average of the minute before the bench started. */
  readonly load: number
  readonly node: string
  readonly workerd: string
  /** ISO 8601. */
  readonly date: string
}

export function describeMachine(date: Date): Machine {
  const all = cpus()
  return {
    cores: all.length,
    cpu: all[0]?.model.trim() ?? 'unknown',
    load: loadavg()[0] ?? 0,
    node: process.versions.node,
    workerd: versionOf('workerd'),
    date: date.toISOString(),
  }
}

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return version
}
