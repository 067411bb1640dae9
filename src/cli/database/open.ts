import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder } from '../../local-stores/make-folder.ts'
import { defaultDataDir } from '../../local-stores/project-root.ts'
import { OperatorFault } from '../outcome.ts'
import type { DatabaseChoice, OpenDatabase } from './database.ts'
import { guarded } from './guarded.ts'
import { localDatabase } from './local.ts'
import { remoteDatabase } from './remote.ts'
import { installedWrangler } from './wrangler.ts'

/** The absolute path of the local data folder. */
export function dataDirOf(choice: DatabaseChoice, cwd: string): string {
  // In a checkout: the folder of the local edge, whatever the current directory is. The installed package must
  // not keep data in node_modules.
  const standard = import.meta.url.endsWith('.ts') ? defaultDataDir : '.certbound'
  return resolve(cwd, choice['data-dir'] ?? standard)
}

/** The absolute path of the wrangler configuration. */
export const configOf = (choice: Pick<DatabaseChoice, 'config'>, cwd: string): string =>
  resolve(cwd, choice.config ?? 'wrangler.toml')

/**
 * Opens a database with any schema.
 * @param create whether to create a local data folder that does not exist
 */
export async function openAny(
  choice: DatabaseChoice,
  cwd: string,
  create: boolean,
): Promise<OpenDatabase> {
  if (choice.remote) return openRemote(choice, cwd)
  const dataDir = dataDirOf(choice, cwd)
  // A new folder in the wrong place would look like a deployment without clients.
  if (!create && !existsSync(dataDir)) {
    throw new OperatorFault(`there is no data folder ${dataDir}`, [
      '`npm start` creates it with demo partners, `certbound schema upgrade` without',
      '--remote selects the deployed database, --data-dir DIR another folder',
    ])
  }
  const folder = await makeFolder(dataDir)
  if (!folder.ok) throw new OperatorFault(folder.error, ['choose another one with --data-dir DIR'])
  // Loading miniflare takes half a second.
  const { openLocalStores } = await import('../../local-stores/open-local-stores.ts').catch(missing)
  const { db, dispose } = await openLocalStores(dataDir).catch(missing)
  return localDatabase(db, dispose, dataDir)
}

/** Opens a database that must have the schema of this version. */
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
      'run this in the folder of your wrangler.toml, or use --config FILE',
    ])
  }
  // The binding in wrangler.toml names the database.
  return remoteDatabase(installedWrangler(dirname(config)), ['DB', '--remote', '--config', config])
}

function missing(fault: unknown): never {
  if (fault instanceof Error && 'code' in fault && fault.code === 'ERR_MODULE_NOT_FOUND') {
    throw new OperatorFault(
      'the local database needs miniflare, which is not installed',
      ['npm install --save-dev wrangler', 'or use --remote for the deployed database'],
      fault,
    )
  }
  throw fault
}
