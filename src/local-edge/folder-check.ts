import { folderUsers } from '../local-stores/runtime-record.ts'

/**
 * Whether a data folder is free for a local edge: not while another one runs on it, and not while a
 * workerd that a kill left over still holds its storage.
 * @returns in words who is in the way and what to do, or null
 */
export function whoIsInTheWay(dataDir: string): string | null {
  const users = folderUsers(dataDir)
  const other = users.find((user) => user.running && user.purpose === 'local edge')
  if (other !== undefined) {
    return (
      `another local edge runs on ${dataDir} (process ${other.pid})\n` +
      `  stop it (kill ${other.pid}), or choose another folder with --data-dir`
    )
  }
  const leftOver = users.filter((user) => !user.running).flatMap((user) => user.runtimes)
  if (leftOver.length === 0) return null
  return (
    `a run that was killed has left workerd behind, which still holds ${dataDir} ` +
    `(process ${leftOver.join(', ')})\n  end it first: kill ${leftOver.join(' ')}`
  )
}
