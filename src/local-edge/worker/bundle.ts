import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { projectRoot } from '../../local-stores/project-root.ts'
import { runNode } from '../run-node.ts'

/** The bundle of an earlier start, and the state of the files it was built from. */
type Cached = {
  readonly code: string
  /** By path: modification time and size. */
  readonly inputs: Readonly<Record<string, string>>
}

const cacheFolder = join(projectRoot, 'node_modules/.cache/certbound')
const cacheFile = join(cacheFolder, 'worker.json')
/** Files that influence the bundle without being part of it. */
const settings = ['wrangler.toml', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json']

/**
 * The Worker as one ES module, built by `wrangler deploy --dry-run`: the local edge serves the code
 * that is deployed. Built again only if one of its files has changed.
 */
export async function workerBundle(): Promise<string> {
  const cached = await readCache()
  if (cached !== null && (await isFresh(cached))) return cached.code
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'build-'))
  try {
    await wranglerDryRun(folder)
    const code = await onlyModule(folder)
    const made: Cached = { code, inputs: await inputsOf(join(folder, 'bundle-meta.json')) }
    const file = join(folder, 'cache.json')
    await writeFile(file, JSON.stringify(made))
    await rename(file, cacheFile) // Atomic: another start may be reading the file.
    return code
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readCache(): Promise<Cached | null> {
  try {
    return JSON.parse(await readFile(cacheFile, 'utf8'))
  } catch {
    return null // Not built yet, or written by another version.
  }
}

async function isFresh({ inputs }: Cached): Promise<boolean> {
  const unchanged = await Promise.all(
    Object.entries(inputs).map(async ([path, stamp]) => stamp === (await stampOf(path))),
  )
  return unchanged.length > 0 && unchanged.every(Boolean)
}

async function inputsOf(metafile: string): Promise<Cached['inputs']> {
  const { inputs } = JSON.parse(await readFile(metafile, 'utf8')) as { inputs: object }
  const paths = [...Object.keys(inputs), ...settings]
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await stampOf(path)])),
  )
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(resolve(projectRoot, path))
    return `${mtimeMs} ${size}`
  } catch {
    return 'absent'
  }
}

async function onlyModule(folder: string): Promise<string> {
  const names = await readdir(folder)
  const others = names.filter(
    (name) => !/^(worker\.js(\.map)?|README\.md|bundle-meta\.json)$/.test(name),
  )
  if (others.length > 0)
    throw new Error(`the bundle has more than one module: ${others.join(', ')}`)
  return readFile(join(folder, 'worker.js'), 'utf8')
}

/** Runs wrangler without network. Its output is shown only if it fails. */
async function wranglerDryRun(folder: string): Promise<void> {
  const wrangler = join(projectRoot, 'node_modules/wrangler/bin/wrangler.js')
  const metafile = join(folder, 'bundle-meta.json')
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', folder, '--metafile', metafile]
  const environment = {
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
  }
  const { code, output } = await runNode(args, environment)
  if (code !== 0) throw new Error(`wrangler could not bundle the Worker:\n${output}`)
}
