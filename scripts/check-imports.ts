import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The order of src/: a folder or file imports only from itself and from what stands below it.
 * Two names on one line are independent: neither imports the other.
 */
const order = [
  ['worker.ts'],
  ['cli', 'local-edge', 'resource-server'],
  ['deployment.ts', 'deployment-check', 'doctor', 'terminators', 'local-stores'],
  ['http'],
  ['endpoints'],
  ['grants'],
  ['authentication'],
  ['clients'],
  ['trust-anchors'],
  ['config.ts'],
  ['certificate'],
  ['issued-tokens'],
  ['keys'],
  ['tokens'],
  ['revocation'],
  ['outbound'],
  ['storage'],
  ['request-context.ts', 'nearest.ts'],
  ['oauth'],
  ['x509'],
  ['encoding'],
] as const

/** Only these run on Node only; all other folders are part of the Worker or of the library. */
const mayImportNode = [
  'cli',
  'doctor',
  'terminators',
  'local-edge',
  'local-stores',
  'resource-server/node',
]

/** Only the library's own folder and these may come with it into an API. */
const libraryImports = ['certificate', 'tokens', 'outbound', 'oauth', 'x509', 'encoding']

/** These know no platform: no Worker types, no framework, no clock. */
const pure = ['tokens', 'oauth', 'x509', 'encoding']
const platform =
  /from '(?:@cloudflare\/|cloudflare:|hono)|\b(?:D1Database|KVNamespace|ExecutionContext)\b|\bDate\.now\(|\bfetch\(/

const source = fileURLToPath(new URL('../src', import.meta.url))
const rankOf = new Map(order.flatMap((names, rank) => names.map((name) => [name as string, rank])))
const isIn = (file: string, folders: readonly string[]): boolean =>
  folders.some((folder) => file.startsWith(`${folder}/`))

const problems: string[] = []
for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts')) check(file)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) {
  console.error('The order of the folders is the list in scripts/check-imports.ts.')
  process.exit(1)
}

/** @param file below src, with forward slashes */
function check(file: string): void {
  const text = readFileSync(join(source, file), 'utf8')
  const [folder = ''] = file.split('/')
  const rank = rankOf.get(folder)
  if (rank === undefined) {
    problems.push(`src/${file}: add ${folder} to the order of the folders`)
    return
  }
  if (isIn(file, pure) && platform.test(text)) {
    problems.push(`src/${file}: ${folder}/ must know no platform`)
  }
  for (const [, specifier = ''] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
    if (specifier.startsWith('node:') && !isIn(file, mayImportNode)) {
      problems.push(`src/${file}: ${specifier} does not exist in a Worker`)
    }
    if (!specifier.startsWith('.')) continue
    const imported = posix.join(posix.dirname(file), specifier)
    const [target = ''] = imported.split('/')
    if (target === folder || imported.startsWith('..')) continue
    if ((rankOf.get(target) ?? -1) <= rank) {
      problems.push(`src/${file}: ${folder} must not import ${imported}`)
    }
    if (folder === 'resource-server' && !libraryImports.includes(target)) {
      problems.push(`src/${file}: the library must not contain ${imported}`)
    }
  }
}
