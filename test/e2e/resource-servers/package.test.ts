import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../../src/local-stores/project-root.ts'

/** The largest bundle of the library with jose, in KiB of gzip. */
const limitKiB = 20

/** The package in a separate project, as `npm install` installs it. */
describe('the package', () => {
  let project: string
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'certbound-package-'))
    const installed = join(project, 'node_modules/certbound')
    mkdirSync(installed, { recursive: true })
    cpSync(join(projectRoot, 'package.json'), join(installed, 'package.json'))
    for (const name of ['jose', 'hono']) {
      symlinkSync(join(projectRoot, 'node_modules', name), join(project, 'node_modules', name))
    }
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
    const settings = join(projectRoot, 'tsconfig.build.json')
    const built = run(tsc, '-p', settings, '--outDir', join(installed, 'dist'))
    expect(built.status, built.stdout).toBe(0)
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  }, 60_000)
  afterAll(() => {
    rmSync(project, { recursive: true, force: true })
  })

  it('is imported by Node', () => {
    const names = "console.log(Object.keys(await import(process.argv[1])).sort().join(' '))"
    const keys = (entry: string) => run('--input-type=module', '-e', names, entry).stdout.trim()
    expect(keys('certbound/resource-server')).toBe(
      'createVerifier introspectionCheck refusalResponse requireBoundToken requireScope verifyBoundToken',
    )
    expect(keys('certbound/resource-server/node')).toBe('cameBy nodeTlsCertificate')
  })

  it('runs without Node, and is small', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: "export * from 'certbound/resource-server'", resolveDir: project },
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      minify: true,
      write: false,
      metafile: true,
      conditions: ['worker'],
    })
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
    expect(imports.filter(({ external }) => external)).toEqual([])
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('/hono/'))).toEqual([])
    const size = gzipSync(outputFiles[0]?.contents ?? '').length / 1024
    console.log(`certbound/resource-server: ${size.toFixed(1)} KiB gzip with jose`)
    expect(size).toBeLessThan(limitKiB)
  })

  it('has types', () => {
    writeFileSync(
      join(project, 'api.ts'),
      `import { requireBoundToken, type VerifiedToken } from 'certbound/resource-server'
import { Hono } from 'hono'
export const app = new Hono()
  .use(requireBoundToken({ issuer: 'https://a.example', audience: 'b', source: 'cloudflare' }))
  .get('/', (c) => {
    const token: VerifiedToken = c.var.token
    // @ts-expect-error: no such variable
    return c.json({ caller: token.clientId, nothing: c.var.tokens })
  })
`,
    )
    symlinkSync(join(projectRoot, 'node_modules/@types'), join(project, 'node_modules/@types'))
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc')
    const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit']
    const checked = run(tsc, ...options, '--types', 'node', '--skipLibCheck', 'api.ts')
    expect([checked.status, checked.stdout]).toEqual([0, ''])
  })
})
