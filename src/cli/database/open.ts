import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { makeFolder } from '../../local-stores/make-folder.ts'
import { defaultDataDir } from '../../local-stores/project-root.ts'
import { OperatorFault } from '../outcome.ts'
import type { DatabaseChoice, OpenDatabase } from './database.ts'
import { guarded } from './guarded.ts'
import { localDatabase } from './local.ts'
import { remoteDatabase } from './remote.ts'
import { installedWrangler } from './wrangler.ts'

/** The binding under which wrangler.toml names the database. */
const binding = 'DB'

// From the sources it is the folder that the local edge serves from, wherever one stands; as an
// installed package there is no such folder, and node_modules is no place for data.
const ordinaryDataDir = (cwd: string): string =>
  import.meta.url.endsWith('.ts') ? defaultDataDir : join(cwd, '.certbound')

/** The local data folder that the options name, absolute. */
export const dataDirOf = (choice: DatabaseChoice, cwd: string): string =>
  choice['data-dir'] === undefined ? ordinaryDataDir(cwd) : resolve(cwd, choice['data-dir'])

/** The wrangler configuration that the options name, absolute. */
export const configOf = (choice: Pick<DatabaseChoice, 'config'>, cwd: string): string =>
  resolve(cwd, choice.config ?? 'wrangler.toml')

/**
 * Opens the database that the options name, whatever tables it has.
 * @param create whether a local data folder that is not there is made
 */
export async function openAny(
  choice: DatabaseChoice,
  cwd: string,
  create: boolean,
): Promise<OpenDatabase> {
  if (choice.remote) return openRemote(choice, cwd)
  const dataDir = dataDirOf(choice, cwd)
  // A folder made in the wrong place would look like a deployment without clients.
  if (!create && !existsSync(dataDir)) {
    throw new OperatorFault(`there is no data folder ${dataDir}`, [
      '`npm start` makes it, with demo partners; `certbound schema upgrade` makes an empty one',
      'for the deployed database add --remote; for another folder --data-dir DIR',
    ])
  }
  const folder = await makeFolder(dataDir)
  if (!folder.ok) throw new OperatorFault(folder.error, ['name another one with --data-dir DIR'])
  // Loads miniflare: only for commands that need it.
  const { openLocalStores } = await import('../../local-stores/open-local-stores.ts').catch(missing)
  const { db, dispose } = await openLocalStores(dataDir).catch(missing)
  return localDatabase(db, dispose, dataDir)
}

/** Opens the database that the options name, which must have our tables. */
export async function open(choice: DatabaseChoice, cwd: string): Promise<OpenDatabase> {
  const database = await openAny(choice, cwd, false)
  return guarded(
    database,
    choice.remote
      ? { where: 'the deployed database', apply: 'certbound schema upgrade --remote' }
      : { where: dataDirOf(choice, cwd), apply: 'certbound schema upgrade, or `npm start`' },
  )
}

function openRemote(choice: DatabaseChoice, cwd: string): OpenDatabase {
  const config = configOf(choice, cwd)
  if (!existsSync(config)) {
    throw new OperatorFault(`there is no ${config}`, [
      'run this where your wrangler.toml is, or name it with --config FILE',
    ])
  }
  return remoteDatabase(installedWrangler(dirname(config)), [
    binding,
    '--remote',
    '--config',
    config,
  ])
}

function missing(fault: unknown): never {
  if (fault instanceof Error && 'code' in fault && fault.code === 'ERR_MODULE_NOT_FOUND') {
    throw new OperatorFault(
      'the local database runs on miniflare, which is not installed',
      ['npm install --save-dev wrangler', 'or --remote for the deployed database'],
      fault,
    )
  }
  throw fault
}
